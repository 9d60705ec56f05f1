"""The words by which the columns of a published register are known, and how surely each tells."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a column is for."""

    MINISTRY = "ministry"  # 支出元府省
    BODY = "body"  # 支出元独立行政法人
    BODY_NUMBER = "body_number"
    TITLE = "title"
    OFFICER = "officer"  # 契約担当官等の氏名並びに…
    DEPARTMENT = "department"
    DATE = "date"
    VENDOR = "vendor"
    ADDRESS = "address"
    NUMBER = "number"  # 法人番号 of the vendor
    VENDOR_AGAIN = "vendor_again"  # its name at another time
    METHOD = "method"
    GROUND = "ground"
    REASON = "reason"
    ESTIMATE = "estimate"
    AMOUNT = "amount"
    NET = "net"  # the amount without tax
    RATE = "rate"
    RETIRED = "retired"  # 再就職の役員の数
    KIND = "kind"  # 公益法人の区分, 国所管
    BIDDERS = "bidders"
    PERIOD = "period"
    STARTS = "starts"  # its first day, where that has a column of its own
    ENDS = "ends"
    SITE = "site"
    CATEGORY = "category"
    REMARKS = "remarks"
    ORDER = "order"  # a running number


@dataclass(frozen=True)
class _Says:
    """A heading with one of these words, and none of those, is for a role; the weight says how surely."""

    role: Role
    weight: int
    wanted: re.Pattern[str]
    barred: re.Pattern[str] | None = None


def _says(role: Role, weight: int, wanted: str, barred: str = "") -> _Says:
    return _Says(role, weight, re.compile(wanted), re.compile(barred) if barred else None)


_NAMED = "商号|名称|氏名"
_NO_TITLE = "相手|担当官|担当者|担当役|部局|商号|業者|受注者|法人|機関名|理由|府省"
_NO_DATE = "期間|期限|公表|公告|終了|履行|変更|納入|開札|入札|率|額"
_NO_VENDOR = "時点|選定|理由|担当官|担当者|担当役|決定日|再就職|区分|者数|支出元|発注者"
_NO_AMOUNT = "変更|税抜|税別|予定|単価|率|増減|年額|最低|理由|差額|相手|日$"
_SPAN = "(?:^|期間?|履行|契約|業務|工事|委託|賃貸借|貸付|リース|使用|実施)"
_DAY = r"(?:\(?予定\)?)?(?:年月日|日)?\)?$"
_NO_SPAN = "入札|見積|保証|公告|公募|募集|公表|掲載|閲覧|受付|申請|申込|提出|停止|検査|支払|変更|解除"
_VOCABULARY = (
    _says(Role.MINISTRY, 10, "府省(庁)?(等)?(名)?$|省庁名?$"),
    _says(Role.BODY, 10, "支出元.*(法人|機関|団体)(?!番号)|支出元.*名称", "^支出元[^名]*法人番号$"),
    _says(Role.BODY, 8, "^(法人名|機関名|団体名|発注機関名?|独立行政法人名?|大学名)$"),
    _says(Role.BODY_NUMBER, 11, "支出元.*法人番号", "名称"),
    _says(
        Role.TITLE,
        10,
        "件名|案件名|工事名|業務名|委託名|事業名|契約の?名称|契約名|契約案件|物品.{0,12}名称|役務.{0,8}名称|(工事|業務|調達|委託|賃貸借).{0,6}名称|名称(及び|・)(数量|内容)|名称、場所|品名.{0,3}数量",
        _NO_TITLE,
    ),
    _says(Role.TITLE, 6, "契約の?内容|調達内容|品名|品目|名称|^(title|name|subject)$", _NO_TITLE),
    _says(
        Role.OFFICER,
        11,
        "(契約担当|支出負担行為|契約責任|経理責任|契約事務|契約職).{0,25}(氏名|部局|所在地)|契約担当(官|者|役|職)|契約責任者|経理責任者|支出負担行為担当官",
    ),
    _says(
        Role.DEPARTMENT,
        8,
        "部署|所属|(担当|所管|主管|主務|発注|執行|契約)課|部局|局課|課名|課所|担当部|^(dept|department)",
        "氏名|相手",
    ),
    _says(Role.DATE, 10, "契約.{0,4}締結.{0,4}日|契約(年月)?日|締結(年月)?日|締結した日|契約の日", _NO_DATE),
    _says(Role.DATE, 5, "^(日付|年月日|date)$|契約.*日", _NO_DATE),
    _says(
        Role.VENDOR,
        10,
        "相手方の?(商号|名称|氏名|住所.?氏名)|契約の?相手|受注者|請負者|請負業者|契約業者|契約者|落札者|落札業者|受託者|受託業者|委託先|納入業者|購入先|契約先|業者名|商号又は名称",
        _NO_VENDOR,
    ),
    _says(Role.VENDOR, 7, "相手方|商号|業者|事業者名|^(counterparty|vendor|supplier|contractor)", _NO_VENDOR),
    _says(Role.VENDOR_AGAIN, 10, "(相手方|商号).*時点"),
    _says(Role.ADDRESS, 11, "住所|所在地", f"{_NAMED}|担当|部局|時点"),
    _says(Role.NUMBER, 12, "法人番号", f"支出元|{_NAMED}"),
    _says(
        Role.METHOD, 10, "競争入札.*別|(契約|入札|調達|発注)の?(方式|方法|形態|種別|種類|区分)|入札契約方式|契約種別"
    ),
    _says(
        Role.GROUND,
        10,
        "随意契約.*(理由|根拠|条文|条項)|随契.*(理由|根拠|条項)|(根拠|適用|該当).{0,6}(条文|法令|条項|規定)",
    ),
    _says(Role.GROUND, 7, "理由|^reason", "不調|変更|非公表"),
    _says(Role.REASON, 6, "理由|^reason", "変更|非公表"),
    _says(Role.ESTIMATE, 10, "予定価格|予定額", "率|税抜|税別|公表"),
    _says(Role.AMOUNT, 10, "契約金?額|契約価格|契約価額", _NO_AMOUNT),
    _says(Role.AMOUNT, 7, "落札(金額|価格|額)|請負(金額|代金|額)|決定金額", _NO_AMOUNT),
    _says(Role.AMOUNT, 5, "^金額|^amount|支出額|^価格", _NO_AMOUNT),
    _says(
        Role.NET,
        8,
        "(契約|落札|請負|決定)(金額|代金額|価格|価額|額).*(税抜|税別)|(税抜|税別)\\)?(契約|落札|請負|決定)(金額|代金額|価格|価額|額)",
        "変更|予定|単価|年額",
    ),
    _says(Role.NET, 6, "^金額.*(税抜|税別)|^(税抜|税別).?金額", "変更|予定|単価|年額"),
    _says(Role.RATE, 9, "落札率|請負率|契約率"),
    _says(Role.RETIRED, 9, "再就職"),
    _says(Role.KIND, 9, "公益法人の?.*区分|(所管|認定)の区分"),
    _says(Role.BIDDERS, 9, "(応札|応募|入札|参加).{0,8}者数|応札者|入札者数"),
    _says(Role.PERIOD, 8, "(契約|履行|業務|委託|賃貸借|貸付|実施|工)期間?|^工期|履行期限|納期|納入期限", "理由"),
    _says(Role.STARTS, 12, rf"{_SPAN}\(?(?:自|始|始期|開始|着手|着工|から){_DAY}", _NO_SPAN),
    _says(
        Role.ENDS, 12, rf"{_SPAN}\(?(?:至|終|終期|終了|満了|完了|完成|完工|竣工|しゅん工|まで)(?:期限)?{_DAY}", _NO_SPAN
    ),
    _says(Role.SITE, 8, "(履行|工事|施工|納入|業務)の?(場所|箇所)|^場所"),
    _says(Role.CATEGORY, 6, "^(契約)?(種別|業種|分類|区分|種目|工種)$|(契約|調達|業務)(分類|種目)|物役区分"),
    _says(Role.REMARKS, 9, "備考|摘要|特記事項|^remarks"),
    _says(Role.ORDER, 9, r"^(no\.?|№|番号|項番|連番|整理番号|#)$"),
)


@lru_cache(maxsize=1000)
def weights_of(key: str) -> Mapping[Role, int]:
    """What a heading may be for, and how surely, by its words alone."""
    found: dict[Role, int] = {}
    for says in _VOCABULARY:
        if says.wanted.search(key) and not (says.barred and says.barred.search(key)):
            found[says.role] = max(found.get(says.role, 0), says.weight)
    return found
