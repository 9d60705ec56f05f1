"""For whom a digest is: everybody, an organization, a department or an owner; and which findings are theirs. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_LONGEST = 40  # characters of a label in a file's name


class Scope(StrEnum):
    """What a slice is cut by."""

    ALL = "all"
    ORGANIZATION = "organization"
    DEPARTMENT = "department"
    OWNER = "owner"


@dataclass(frozen=True)
class Audience:
    """``organization`` is an id, of ORGANIZATION and DEPARTMENT; ``name`` the department or the contact's label."""

    scope: Scope = Scope.ALL
    organization: str = ""
    name: str = ""
    label: str = ""  # as readers know it: 模擬市, 模擬市 道路課, 契約課; '' for everybody

    def includes(self, organization: str, department: str, owners: Sequence[str]) -> bool:
        """Whether a finding of this organization (id), department and these owners (labels) is theirs."""
        return {
            Scope.ALL: True,
            Scope.ORGANIZATION: organization == self.organization,
            Scope.DEPARTMENT: (organization, department) == (self.organization, self.name),
            Scope.OWNER: self.name in owners,
        }[self.scope]

    @property
    def whole_register(self) -> bool:
        """Whether counts of judged contracts are theirs too: a department has no register of its own."""
        return self.scope in (Scope.ALL, Scope.ORGANIZATION)

    @property
    def key(self) -> str:
        """What makes its files unique, safe as a part of a file's name; '' for everybody."""
        if self.scope is Scope.ALL:
            return ""
        words = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", self.label)).strip("_")[:_LONGEST]
        whole = "\x1f".join((self.scope.value, self.organization, self.name))
        return f"{words}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


EVERYBODY = Audience()
