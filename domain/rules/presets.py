"""The rule sets that come with Ratsbuch, as data: each rule with its provision and whether its wording was read.

`read` is set only where the wording itself was seen, in a consolidated text of the law. A rule known from
elsewhere, such as a commentary, keeps `read = false` and carries no check; nor does any rule of another Land.
`valid_from` is as of which text the set was made: whether the same held before was not looked at, so a check of
an older meeting needs a rule set of its own.

What the fields of a rule mean beyond their names (`domain.values.Rule`):

* `quorum`: `share` of all members (`of`) who have to be present and entitled to vote; `strict`: more than it;
* `quorum_bias`: the same, where more than half of all members are excluded for bias;
* `quorum_second_meeting`: `number` of members who suffice in a second meeting;
* `majority`: `more_yes_than_no`, or a `share`; `abstentions`: how they count in it; `tie`: what equality leads to;
* `qualified_majority`: one rule a case; the provision says which;
* `election_majority`: the `share` needed in the first round; `election_second_round`: what decides in the second,
  with `number` only where that many candidates stand; `election_tie`: what decides between equals;
* periods: `number` of days, weeks, months or years (`value`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct, UnsetType

from domain.values import Rule
from domain.vocabulary import MajorityBase, RuleTopic, RuleValue

if TYPE_CHECKING:
    from collections.abc import Mapping


class RuleSet(Struct, frozen=True, kw_only=True):
    """A set of rules as it can be adopted for a body (de: Regelwerk).

    Attributes:
        key: The name to choose it by.
        name: What it is called in the record.
        land: The Land whose law it is.
        valid_from: As of when the text was read; a date of any precision.
        rules: The rules, in the order of the law's subjects.
    """

    key: str
    name: str
    land: str
    valid_from: str
    rules: tuple[Rule, ...]


def _rule(
    topic: RuleTopic,
    citation: str,
    *,
    read: bool = True,
    value: RuleValue | UnsetType = UNSET,
    share: str | UnsetType = UNSET,
    of: MajorityBase | UnsetType = UNSET,
    strict: bool | UnsetType = UNSET,
    number: int | UnsetType = UNSET,
) -> Rule:
    return Rule(
        topic=topic, citation=citation, read=read, value=value, share=share, of=of, strict=strict, number=number
    )


T, V, B = RuleTopic, RuleValue, MajorityBase

_SN_ARCHIVES: Final = (
    _rule(T.OFFER_TO_ARCHIVE, "§ 5 Abs. 1 Satz 2, § 13 Abs. 4 Satz 1 SächsArchivG", number=30, value=V.YEARS),
    _rule(T.APPRAISAL_DEADLINE, "§ 5 Abs. 6 Satz 1, § 13 Abs. 4 Satz 1 SächsArchivG", number=6, value=V.MONTHS),
)

_SN_LANDKREIS: Final = RuleSet(
    key="sn-landkreis",
    name="Sächsische Landkreisordnung",
    land="Sachsen",
    valid_from="2025",
    rules=(
        _rule(T.CONVENING, "§ 32 Abs. 3 Satz 1 SächsLKrO", value=V.AS_DESCRIBED),
        _rule(T.PUBLICITY, "§ 33 Abs. 1 Satz 1 SächsLKrO", value=V.AS_DESCRIBED),
        _rule(T.BIAS, "§ 18 Abs. 1 SächsLKrO", value=V.AS_DESCRIBED),
        _rule(T.NO_OBJECTION, "§ 35 Abs. 1 Satz 4 SächsLKrO", value=V.ALLOWED),
        _rule(T.QUORUM, "§ 35 Abs. 2 Satz 1 SächsLKrO", share="1/2", of=B.MEMBERS, strict=False),
        _rule(T.QUORUM_BIAS, "§ 35 Abs. 2 Satz 2 SächsLKrO", share="1/4", of=B.MEMBERS, strict=False),
        _rule(T.QUORUM_SECOND_MEETING, "§ 35 Abs. 3 Satz 1 SächsLKrO", number=3),
        _rule(T.QUORUM_CHAIR_INSTEAD, "§ 35 Abs. 4 Satz 1 SächsLKrO", value=V.ALLOWED),
        _rule(T.SECRET_BALLOT, "§ 35 Abs. 6 Satz 1 SächsLKrO", value=V.ON_IMPORTANT_GROUND),
        _rule(T.MAJORITY, "§ 35 Abs. 6 Satz 2 SächsLKrO", value=V.MORE_YES_THAN_NO),
        _rule(T.ABSTENTIONS, "§ 35 Abs. 6 Satz 3 SächsLKrO", value=V.IGNORED),
        _rule(T.TIE, "§ 35 Abs. 6 Satz 4 SächsLKrO", value=V.REJECTED),
        _rule(T.QUALIFIED_MAJORITY, "§ 22 Abs. 1 SächsLKrO", share="2/3", of=B.MEMBERS, strict=False),
        _rule(T.QUALIFIED_MAJORITY, "§ 24 Abs. 4 Satz 2 SächsLKrO", share="2/3", of=B.ENTITLED_PRESENT, strict=False),
        _rule(T.QUALIFIED_MAJORITY, "§ 50 Abs. 4 SächsLKrO", share="2/3", of=B.ENTITLED_PRESENT, strict=False),
        _rule(T.QUALIFIED_MAJORITY, "§ 51 Abs. 2 Satz 1 SächsLKrO", share="1/2", of=B.MEMBERS, strict=True),
        _rule(T.QUALIFIED_MAJORITY, "§ 52 Abs. 4 Satz 3 SächsLKrO", share="2/3", of=B.MEMBERS, strict=False),
        _rule(T.ELECTION_MAJORITY, "§ 35 Abs. 7 Satz 2 SächsLKrO", share="1/2", of=B.ENTITLED_PRESENT, strict=True),
        _rule(T.ELECTION_SECOND_ROUND, "§ 35 Abs. 7 Satz 3 SächsLKrO", value=V.MOST_VOTES),
        _rule(T.ELECTION_SECOND_ROUND, "§ 35 Abs. 7 Satz 5 SächsLKrO", number=1, value=V.MORE_YES_THAN_NO),
        _rule(T.ELECTION_TIE, "§ 35 Abs. 7 Satz 4 SächsLKrO", value=V.LOT),
        _rule(T.SECRET_BALLOT, "§ 35 Abs. 7 Satz 1 SächsLKrO", value=V.UNLESS_NOBODY_OBJECTS),
        _rule(T.CHAIR_VOTE, "§ 48 Abs. 1 Satz 1 SächsLKrO", value=V.VOTES),
        _rule(T.CHAIR_CASTING_VOTE, "§ 35 Abs. 6 Satz 4 SächsLKrO", value=V.NO_CASTING_VOTE),
        _rule(T.MINUTES_SIGNERS, "§ 36 Abs. 2 Satz 1 SächsLKrO", value=V.CHAIR_TWO_MEMBERS_SECRETARY),
        _rule(T.MINUTES_NOTICE, "§ 36 Abs. 2 Satz 2 SächsLKrO", number=1, value=V.MONTHS),
        _rule(T.MINUTES_OBJECTION, "§ 36 Abs. 2 Satz 4 SächsLKrO", value=V.DECIDED_BY_THE_ORGAN),
        _rule(T.OBJECTION, "§ 48 Abs. 2 Satz 3 SächsLKrO", value=V.SUSPENSIVE),
        _rule(T.OBJECTION_DEADLINE, "§ 48 Abs. 2 Satz 2 SächsLKrO", number=2, value=V.WEEKS),
        _rule(T.OBJECTION_NEW_MEETING, "§ 48 Abs. 2 Satz 4 SächsLKrO", number=4, value=V.WEEKS),
        _rule(T.URGENT_DECISION, "§ 48 Abs. 4 Satz 1 SächsLKrO", value=V.ALLOWED),
        _rule(T.PUBLICATION, "KomBekVO", read=False, value=V.AS_DESCRIBED),
        *_SN_ARCHIVES,
    ),
)

# The Gemeindeordnung itself was not read: where no value is known from a commentary the rule carries none.
_SN_GEMEINDE: Final = RuleSet(
    key="sn-gemeinde",
    name="Sächsische Gemeindeordnung",
    land="Sachsen",
    valid_from="2025",
    rules=(
        _rule(T.CONVENING, "§ 36 SächsGemO", read=False, value=V.AS_DESCRIBED),
        _rule(T.PUBLICITY, "§ 37 SächsGemO", read=False, value=V.AS_DESCRIBED),
        _rule(T.BIAS, "§ 20 SächsGemO", read=False, value=V.AS_DESCRIBED),
        _rule(T.QUORUM, "§ 39 Abs. 2 SächsGemO", read=False, share="1/2", of=B.MEMBERS, strict=False),
        _rule(T.QUORUM_BIAS, "§ 39 Abs. 2 SächsGemO", read=False, share="1/4", of=B.MEMBERS, strict=False),
        _rule(T.QUORUM_SECOND_MEETING, "§ 39 Abs. 3 SächsGemO", read=False, number=3),
        _rule(T.MAJORITY, "§ 39 Abs. 6 SächsGemO", read=False, value=V.MORE_YES_THAN_NO),
        _rule(T.ABSTENTIONS, "§ 39 Abs. 6 SächsGemO", read=False, value=V.IGNORED),
        _rule(T.TIE, "§ 39 Abs. 6 SächsGemO", read=False, value=V.REJECTED),
        _rule(T.ELECTION_TIE, "§ 39 Abs. 7 SächsGemO", read=False, value=V.LOT),
        _rule(T.SECRET_BALLOT, "§ 39 Abs. 6 SächsGemO", read=False, value=V.ON_IMPORTANT_GROUND),
        _rule(T.CHAIR_VOTE, "§ 39 Abs. 5 Satz 2 SächsGemO", read=False, value=V.VOTES),
        _rule(T.CHAIR_CASTING_VOTE, "§ 39 Abs. 6 SächsGemO", read=False, value=V.NO_CASTING_VOTE),
        _rule(T.MINUTES_SIGNERS, "§ 40 SächsGemO", read=False, value=V.CHAIR_TWO_MEMBERS_SECRETARY),
        _rule(T.MINUTES_NOTICE, "§ 40 Abs. 2 SächsGemO", read=False, number=1, value=V.MONTHS),
        _rule(T.MINUTES_OBJECTION, "§ 40 Abs. 2 SächsGemO", read=False, value=V.DECIDED_BY_THE_ORGAN),
        _rule(T.OBJECTION, "§ 52 SächsGemO", read=False, value=V.AS_DESCRIBED),
        _rule(T.URGENT_DECISION, "§ 52 SächsGemO", read=False, value=V.AS_DESCRIBED),
        _rule(T.PUBLICATION, "KomBekVO", read=False, value=V.AS_DESCRIBED),
        *_SN_ARCHIVES,
    ),
)

_BW_GEMEINDE: Final = RuleSet(
    key="bw-gemeinde",
    name="Gemeindeordnung für Baden-Württemberg",
    land="Baden-Württemberg",
    valid_from="2026-01-09",
    rules=(
        _rule(T.CONVENING, "§ 34 Abs. 1 GemO BW", value=V.AS_DESCRIBED),
        _rule(T.PUBLICITY, "§ 35 Abs. 1 Satz 1 GemO BW", value=V.AS_DESCRIBED),
        _rule(T.BIAS, "§ 18 GemO BW", read=False, value=V.AS_DESCRIBED),
        _rule(T.NO_OBJECTION, "§ 37 Abs. 1 Satz 2 GemO BW", value=V.ALLOWED),
        _rule(T.QUORUM, "§ 37 Abs. 2 Satz 1 GemO BW", share="1/2", of=B.MEMBERS, strict=False),
        _rule(T.QUORUM_BIAS, "§ 37 Abs. 2 Satz 2 GemO BW", share="1/4", of=B.MEMBERS, strict=False),
        _rule(T.QUORUM_SECOND_MEETING, "§ 37 Abs. 3 Satz 1 GemO BW", number=3),
        _rule(T.QUORUM_CHAIR_INSTEAD, "§ 37 Abs. 4 Satz 1 GemO BW", value=V.ALLOWED),
        _rule(T.MAJORITY, "§ 37 Abs. 6 Satz 2 GemO BW", value=V.MORE_YES_THAN_NO),
        # The wording of § 37 says nothing of abstentions: that they do not count is known from elsewhere only.
        _rule(T.ABSTENTIONS, "§ 37 Abs. 6 GemO BW", read=False, value=V.IGNORED),
        _rule(T.TIE, "§ 37 Abs. 6 Satz 3 Halbsatz 2 GemO BW", value=V.REJECTED),
        _rule(T.QUALIFIED_MAJORITY, "§ 24 Abs. 2 Satz 2 GemO BW", share="2/3", of=B.PRESENT, strict=False),
        _rule(T.QUALIFIED_MAJORITY, "§ 48 Abs. 2 Satz 1 GemO BW", share="1/2", of=B.MEMBERS, strict=True),
        _rule(T.ELECTION_MAJORITY, "§ 37 Abs. 7 Satz 3 GemO BW", share="1/2", of=B.ENTITLED_PRESENT, strict=True),
        _rule(T.ELECTION_SECOND_ROUND, "§ 37 Abs. 7 Satz 4 GemO BW", value=V.MOST_VOTES),
        _rule(
            T.ELECTION_SECOND_ROUND,
            "§ 37 Abs. 7 Satz 6 Halbsatz 2 GemO BW",
            number=1,
            share="1/2",
            of=B.ENTITLED_PRESENT,
            strict=True,
        ),
        _rule(T.ELECTION_TIE, "§ 37 Abs. 7 Satz 5 GemO BW", value=V.LOT),
        _rule(T.SECRET_BALLOT, "§ 37 Abs. 7 Satz 1 GemO BW", value=V.UNLESS_NOBODY_OBJECTS),
        _rule(T.CHAIR_VOTE, "§ 37 Abs. 6 Satz 3 Halbsatz 1 GemO BW", value=V.VOTES),
        _rule(T.CHAIR_CASTING_VOTE, "§ 37 Abs. 6 Satz 3 Halbsatz 2 GemO BW", value=V.NO_CASTING_VOTE),
        _rule(T.MINUTES_SIGNERS, "§ 38 Abs. 2 Satz 1 GemO BW", value=V.CHAIR_TWO_MEMBERS_SECRETARY),
        _rule(T.MINUTES_NOTICE, "§ 38 Abs. 2 Satz 2 GemO BW", number=1, value=V.MONTHS),
        _rule(T.MINUTES_OBJECTION, "§ 38 Abs. 2 Satz 3 GemO BW", value=V.DECIDED_BY_THE_ORGAN),
        _rule(T.OBJECTION, "§ 43 Abs. 2 Satz 3 GemO BW", value=V.SUSPENSIVE),
        _rule(T.OBJECTION_DEADLINE, "§ 43 Abs. 2 Satz 2 GemO BW", number=1, value=V.WEEKS),
        _rule(T.OBJECTION_NEW_MEETING, "§ 43 Abs. 2 Satz 4 GemO BW", number=3, value=V.WEEKS),
        _rule(T.URGENT_DECISION, "§ 43 Abs. 4 Satz 1 GemO BW", value=V.ALLOWED),
        _rule(T.PUBLICATION, "DVO GemO BW", read=False, value=V.AS_DESCRIBED),
    ),
)

PRESETS: Final[Mapping[str, RuleSet]] = MappingProxyType(
    {rule_set.key: rule_set for rule_set in (_SN_LANDKREIS, _SN_GEMEINDE, _BW_GEMEINDE)}
)
