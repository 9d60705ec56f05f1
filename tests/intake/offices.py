"""Tables as offices export them: our own inventions in many words. For each heading, which column of ours it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

COMPANIES = (
    ("模擬建設株式会社", "5012301234566", "模擬県模擬市本町1丁目2番3号"),
    ("㈱ほしぞら清掃", "2012301234577", "模擬県模擬市駅前2-4-6"),
    ("有限会社みどり造園", "9012301234588", "模擬県北模擬郡山川町大字川上123"),
    ("一般財団法人模擬検査協会", "4012301234599", "東京都千代田区模擬町5-1"),
    ("模擬リース株式会社 模擬支店", "1012301234600", "模擬県模擬市中央3丁目10番地"),
    ("合同会社うみかぜ設計", "7012301234611", "模擬県東模擬市港町8番地の2"),
)
TITLES = (
    "庁舎清掃業務委託", "市道1号線側溝修繕工事", "公園樹木剪定業務", "貯水槽検査業務", "複写機賃貸借", "橋りょう補修設計業務委託",
    "小学校遊具修繕", "防災倉庫備品購入", "広報紙印刷製造", "下水道台帳システム保守業務委託", "消防団活動服購入", "河川草刈業務委託",
)  # fmt: skip
SECTIONS = ("総務課", "道路課", "公園緑地課", "水道局経営課", "財政課", "建築課")
PEOPLE = ("模擬 太郎", "見本 花子", "仮名 次郎")  # invented, as those of a form's example


def number_13(digits: int) -> str:
    """A 法人番号 with the right check digit for twelve digits."""
    twelve = f"{digits:012d}"
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(twelve)))
    return f"{9 - total % 9}{twelve}"


@dataclass(frozen=True)
class Office:
    """A table: what stands above it, its headings (one row or two) with their columns, and its rows."""

    name: str
    headings: Sequence[Sequence[str]]
    truth: Sequence[str]  # per column: "" for none, "a+b" for two in one cell
    rows: Sequence[Sequence[Any]]
    above: Sequence[Sequence[str]] = ()
    below: Sequence[Sequence[str]] = ()
    csv: bool = False

    def write(self, folder: Path) -> Path:
        """The table as a file."""
        lines = [*self.above, *self.headings, *self.rows, *self.below]
        if self.csv:
            import csv

            path = folder / f"{self.name}.csv"
            with path.open("w", encoding="cp932", newline="") as file:
                csv.writer(file).writerows(lines)
            return path
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = "一覧"
        for line in lines:
            page.append(list(line))
        path = folder / f"{self.name}.xlsx"
        book.save(path)
        return path


def _company(at: int) -> tuple[str, str, str]:
    name, digits, place = COMPANIES[at % len(COMPANIES)]
    return name, number_13(int(digits[1:])), place


def _day(at: int, form: str) -> str:
    month, day = 4 + at % 8, 1 + (3 * at) % 27
    return form.format(month=month, day=day)


def _table(make: Any, count: int = 24) -> list[list[Any]]:
    return [list(make(at)) for at in range(count)]


def _yen(at: int) -> int:
    return 120_000 + 37_000 * at + 500 * (at % 7)


_METHODS = ("一般", "指名", "随契", "プロポーザル")

OFFICES = (
    Office(
        "財務会計",
        [["負担行為番号", "所属名", "件名", "契約年月日", "契約方法", "相手方名称", "契約金額(税込)", "予定価格(税込)", "履行期間", "担当者氏名"]],
        ["contract_id", "department", "title", "signed_on", "method", "vendors", "amount", "estimated_price", "starts_on+ends_on", ""],
        _table(lambda at: (
            f"R7-{at:05d}", SECTIONS[at % 6], f"{TITLES[at % 12]}{at}", _day(at, "R7.{month}.{day}"), _METHODS[at % 4],
            _company(at)[0], f"{_yen(at):,}", f"{_yen(at) + 9000:,}", f"{_day(at, 'R7.{month}.{day}')}～R8.3.31", PEOPLE[at % 3],
        )),
    ),
    Office(
        "工事台帳",
        [["工事番号", "工事名", "工事場所", "主管課", "入札方法", "開札日", "契約日", "工期", "", "設計金額", "予定価格", "請負金額", "請負業者", "入札者数", "備考"],
         ["", "", "", "", "", "", "", "自", "至", "(円)", "(円)", "(円)", "", "", ""]],
        ["contract_id", "title", "site", "department", "method", "awarded_on", "signed_on", "starts_on", "ends_on", "design_price",
         "estimated_price", "amount", "vendors", "bidders", "remarks"],
        _table(lambda at: (
            f"道-{at + 1:03d}", f"{TITLES[1]}その{at}", f"模擬市大字模擬{at}番地先", SECTIONS[1], ("制限付一般競争入札", "指名競争入札")[at % 2],
            _day(at, "2025/{month}/{day}"), _day(at, "2025/{month}/{day}"), _day(at, "2025/{month}/{day}"), "2026/3/20",
            _yen(at) * 11, _yen(at) * 11, _yen(at) * 10, _company(at)[0], 1 + at % 7, "" if at % 5 else "変更予定あり",
        )),
        above=[["令和7年度　工事契約台帳"], []],
    ),
    Office(
        "随意契約一覧",
        [["No.", "契約件名", "契約締結日", "契約の相手方の名称及び住所", "契約額（千円）", "随契理由", "所管課"]],
        ["", "title", "signed_on", "vendors+addresses", "amount", "ground", "department"],
        _table(lambda at: (
            at + 1, f"{TITLES[at % 12]}（{at}期）", _day(at, "令和7年{month}月{day}日"), f"{_company(at)[0]}\n{_company(at)[2]}", _yen(at) // 1000,
            ("1号", "2号", "5号")[at % 3], SECTIONS[at % 6],
        )),
        below=[["合計", "", "", "", 9999], ["※　金額は税込みです。"]],
    ),
    Office(
        "物品購入",
        [["伺番号", "品名", "発注日", "納入期限", "業者名", "業者住所", "購入金額", "見積業者数", "会計", "検査員"]],
        ["contract_id", "title", "procured_on", "ends_on", "vendors", "addresses", "amount", "quotes", "account", ""],
        _table(lambda at: (
            f"物2025{at:04d}", f"{TITLES[7]} {at}", _day(at, "2025-{month:02d}-{day:02d}"), "2026-03-31", _company(at)[0], _company(at)[2],
            f"￥{_yen(at):,}", 1 + at % 3, ("一般会計", "水道事業会計")[at % 2], PEOPLE[at % 3],
        )),
        csv=True,
    ),
    Office(
        "english",
        [["contract_no", "section", "subject", "contract_date", "start", "end", "supplier", "amount", "method"]],
        ["contract_id", "department", "title", "signed_on", "starts_on", "ends_on", "vendors", "amount", "method"],
        _table(lambda at: (
            f"C{at:04d}", SECTIONS[at % 6], f"{TITLES[at % 12]} 第{at}回", _day(at, "2025-{month:02d}-{day:02d}"),
            _day(at, "2025-{month:02d}-{day:02d}"), "2026-03-31", _company(at)[0], str(_yen(at)), ("一般競争", "随意契約")[at % 2],
        )),
        csv=True,
    ),
    Office(
        "委託契約",
        [["整理番号", "部局名", "課名", "業務委託名", "契約種別", "契約の方法", "根拠条文", "当初契約日", "契約期間(始)", "契約期間(終)", "受託者",
          "受託者法人番号", "委託料", "単価契約の別", "特記事項"]],
        ["contract_id", "bureau", "department", "title", "category", "method", "ground", "signed_on", "starts_on", "ends_on", "vendors",
         "vendor_numbers", "amount", "unit_price", "remarks"],
        _table(lambda at: (
            f"委{at:03d}", ("総務部", "建設部")[at % 2], SECTIONS[at % 6], f"{TITLES[0]}{at}", ("委託", "賃貸借", "修繕")[at % 3],
            ("随意契約", "一般競争入札")[at % 2], "施行令第167条の2第1項第2号", _day(at, "R7.{month}.{day}"), _day(at, "R7.{month}.{day}"), "R8.3.31",
            _company(at)[0], _company(at)[1], _yen(at), ("有", "無")[at % 2], "",
        )),
    ),
    Office(
        "支出負担行為",
        [["年度", "会計名", "支出負担行為番号", "起案日", "起案所属", "摘要", "債権者コード", "債権者名", "債権者住所", "負担行為額", "決裁日"]],
        ["", "account", "contract_id", "", "department", "title", "", "vendors", "addresses", "amount", ""],
        _table(lambda at: (
            2025, "一般会計", f"{25_000 + 7 * at}-{at}", _day(at, "2025/{month}/{day}"), SECTIONS[at % 6], f"{TITLES[at % 12]}　{at}号",
            f"{1000 + at % 6}", _company(at)[0], _company(at)[2], _yen(at), _day(at, "2025/{month}/{day}"),
        )),
        csv=True,
    ),
    Office(
        "落札結果",
        [["案件番号", "案件名称", "発注課", "入札方式", "公告日", "開札日", "予定価格", "落札者", "落札金額", "参加者数", "契約日"],
         ["", "", "", "", "", "", "(税込)", "", "(税込)", "", ""]],
        ["contract_id", "title", "department", "method", "procured_on", "awarded_on", "estimated_price", "vendors", "amount", "bidders", "signed_on"],
        _table(lambda at: (
            f"2025-{at:04d}", f"{TITLES[at % 12]}（その{at}）", SECTIONS[at % 6], ("条件付一般競争入札", "公募型プロポーザル", "指名競争入札")[at % 3],
            _day(at, "令和7年{month}月{day}日"), _day(at, "令和7年{month}月{day}日"), "非公表" if at % 4 == 0 else f"{_yen(at) + 50000:,}円",
            _company(at)[0], f"{_yen(at):,}円", f"{1 + at % 5}者", _day(at, "令和7年{month}月{day}日"),
        )),
        above=[["入札結果一覧表"], ["", "", "", "", "", "", "", "", "", "", "（令和7年度）"]],
    ),
    Office(
        "学校修繕",
        [["管理番号", "修繕名", "施工場所", "契約年月日", "竣工期限", "請負業者名", "請負代金額", "変更後請負金額", "主任監督員", "教育委員会担当課"]],
        ["contract_id", "title", "site", "signed_on", "ends_on", "vendors", "amount", "amount_after_change", "", "department"],
        _table(lambda at: (
            f"S{at:03d}", f"模擬小学校{TITLES[6]}{at}", f"模擬市学園町{at}", _day(at, "R7.{month}.{day}"), "R8.2.28", _company(at)[0], _yen(at),
            _yen(at) + 10_000 if at % 3 == 0 else "－", PEOPLE[at % 3], "学校施設課",
        )),
    ),
    Office(
        "賃貸借",
        [["契約番号", "物件名", "賃貸人", "契約年月日", "賃貸借期間", "年額", "総額", "契約担当部署", "長期継続契約", "電話番号"]],
        ["contract_id", "title", "vendors", "signed_on", "starts_on+ends_on", "annual_amount", "amount", "department", "", ""],
        _table(lambda at: (
            f"L-{at:03d}", f"{TITLES[4]}（{at}台）", _company(at)[0], _day(at, "令和7年{month}月{day}日"), "令和7年4月1日から令和12年3月31日まで",
            _yen(at), _yen(at) * 5, SECTIONS[at % 6], ("該当", "非該当")[at % 2], "000-000-0000",
        )),
    ),
Office("契約簿",[["契約簿番号","契約案件","契約の相手","契約額（消費税込）","締結年月日","期間（自）","期間（至）","契約の種類","契約区分","所管","備考"]],
 ["contract_id","title","vendors","amount","signed_on","starts_on","ends_on","category","method","department","remarks"],
 _table(lambda at: (f"第{at+1}号の{at}",f"{TITLES[at % 12]}{at}",_company(at)[0],_yen(at),_day(at, "R7.{month}.{day}"),_day(at, "R7.{month}.{day}"),"R8.3.31",("委託","工事","物品")[at % 3],("随意契約","一般競争入札")[at % 2],SECTIONS[at % 6],""))),
Office("発注簿",[["年度","発注No.","事業課","発注内容","見積合せ日","発注先","発注先住所","税込金額","納期","見積者数","決裁区分"]],
 ["","contract_id","department","title","procured_on","vendors","addresses","amount","ends_on","quotes",""],
 _table(lambda at: (2025,f"H{at:04d}",SECTIONS[at % 6],f"{TITLES[at % 12]}-{at}",_day(at, "2025/{month}/{day}"),_company(at)[0],_company(at)[2],_yen(at),"2026/3/31",1 + at % 3,("課長","部長")[at % 2]))),
Office("入札結果",[["入札番号","工事(委託)名称","施工場所","予定価格\n(税込・円)","最低制限価格\n(税込・円)","落札業者","落札価格\n(税込・円)","落札率","入札日","契約予定日","入札参加者数","契約方式"]],
 ["contract_id","title","site","estimated_price","","vendors","amount","","awarded_on","","bidders","method"],
 _table(lambda at: (f"R07-{at:03d}",f"{TITLES[at % 12]}{at}",f"模擬市{at}町",_yen(at)+9000,_yen(at)-9000,_company(at)[0],_yen(at),f"{90 + at % 9}.5%",_day(at, "R7.{month}.{day}"),_day(at, "R7.{month}.{day}"),1 + at % 6,("一般競争","指名競争")[at % 2]))),
Office("契約管理",[["契約管理No","契約件名","取引先","取引先法人番号","契約開始日","契約終了日","契約締結日","契約金額（税込）","契約金額（税抜）","自動更新","主管部署","担当者","随契理由条項"]],
 ["contract_id","title","vendors","vendor_numbers","starts_on","ends_on","signed_on","amount","","","department","","ground"],
 _table(lambda at: (f"K{at:05d}",f"{TITLES[at % 12]}{at}",_company(at)[0],_company(at)[1],_day(at, "2025/{month}/{day}"),"2026/3/31",_day(at, "2025/{month}/{day}"),_yen(at),_yen(at)*10//11,("あり","なし")[at % 2],SECTIONS[at % 6],PEOPLE[at % 3],("2号","1号")[at % 2]))),
Office("公表様式",[["番号","物品役務等の名称及び数量","契約担当官等の氏名並びにその所属する部局の名称及び所在地","契約締結年月日","契約の相手方の称号又は名称及び住所","随意契約によることとした理由","予定価格（円）","契約金額（円）","再就職役員数","摘要"]],
 ["","title","","signed_on","vendors+addresses","ground","estimated_price","amount","","remarks"],
 _table(lambda at: (at + 1, f"{TITLES[at % 12]}{at} 一式",f"模擬局長 {PEOPLE[at % 3]} 模擬市1-1",_day(at, "令和7年{month}月{day}日"),f"{_company(at)[0]}\n{_company(at)[2]}","1者しか履行できないため",_yen(at)+1,_yen(at),"－",""))),
Office("課所別",[["課所コード","課所名称","契約伺番号","契約名","入札執行日","契約締結年月日","契約者名","契約者所在地","法人番号","当初契約金額","変更契約金額","履行期限","契約事由"]],
 ["","department","contract_id","title","awarded_on","signed_on","vendors","addresses","vendor_numbers","amount","amount_after_change","ends_on",""],
 _table(lambda at: (f"{100 + at % 6}",SECTIONS[at % 6],f"7財{at:04d}",f"{TITLES[at % 12]}{at}",_day(at, "R7.{month}.{day}"),_day(at, "R7.{month}.{day}"),_company(at)[0],_company(at)[2],_company(at)[1],_yen(at),"","R8.3.31","更新"))),
Office("工事業務",[["工事（業務）番号","工事（業務）名","契約の方法","請負者（受託者）","請負（委託）金額 円","着手年月日","完成（完了）年月日","工事（業務）箇所","監督員","所管課室"]],
 ["contract_id","title","method","vendors","amount","starts_on","","site","","department"],
 _table(lambda at: (f"建{at:03d}",f"{TITLES[at % 12]}{at}",("指名競争","随意契約")[at % 2],_company(at)[0],_yen(at),_day(at, "令和7年{month}月{day}日"),"令和8年3月20日",f"模擬市模擬町{at}",PEOPLE[at % 3],SECTIONS[at % 6]))),
Office("二段見出し",[["契約","","契約の相手方","","","金額","","備考欄"],["年月日","件名","商号又は名称","住所","法人番号","予定価格","契約金額",""]],
 ["signed_on","title","vendors","addresses","vendor_numbers","estimated_price","amount","remarks"],
 _table(lambda at: (_day(at, "R7.{month}.{day}"),f"{TITLES[at % 12]}{at}",_company(at)[0],_company(at)[2],_company(at)[1],_yen(at)+1,_yen(at),""))),
Office("english2",[["contract id","department","title","vendor name","vendor address","signed date","start date","end date","contract amount (JPY)","estimated price","procurement method","person in charge","remarks"]],
 ["contract_id","department","title","vendors","addresses","signed_on","starts_on","ends_on","amount","estimated_price","method","","remarks"],
 _table(lambda at: (f"Z{at:03d}",SECTIONS[at % 6],f"{TITLES[at % 12]}{at}",_company(at)[0],_company(at)[2],_day(at, "2025-{month:02d}-{day:02d}"),_day(at, "2025-{month:02d}-{day:02d}"),"2026-03-31",_yen(at),_yen(at)+5,("一般競争入札","随意契約")[at % 2],PEOPLE[at % 3],"")),csv=True),
)  # fmt: skip
