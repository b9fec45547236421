"""The code by which a model that is told the language of a text knows it, from the tag that programs use.

Tags are BCP 47's: ``de``, ``en-GB``, ``zh-Hant``. Such models use FLORES-200's codes: three letters of ISO 639-3 for
one language, never a group of them, and four of ISO 15924 for the script: ``deu_Latn``.

Source: the list of languages in FLORES-200, https://github.com/facebookresearch/flores/tree/main/flores200.
"""

from collections.abc import Iterable

#: ISO 639-1's and FLORES-200's letters for a language: of a group the one with most speakers; and for some others
#: that programs name and FLORES-200 calls otherwise.
_PAIRS = (
    "af:afr ak:aka am:amh ar:arb as:asm ay:ayr az:azj ba:bak be:bel bg:bul bm:bam bn:ben bo:bod bs:bos ca:cat"
    " cs:ces cy:cym da:dan de:deu dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:pes ff:fuv fi:fin"
    " fj:fij fo:fao fr:fra ga:gle gd:gla gl:glg gn:grn gu:guj ha:hau he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye"
    " id:ind ig:ibo is:isl it:ita ja:jpn jv:jav ka:kat kg:kon ki:kik kk:kaz km:khm kn:kan ko:kor kr:knc ks:kas"
    " ku:kmr ky:kir lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lv:lvs mg:plt mi:mri mk:mkd ml:mal mn:khk mr:mar"
    " ms:zsm mt:mlt my:mya nb:nob ne:npi nl:nld nn:nno no:nob ny:nya oc:oci om:gaz or:ory pa:pan pl:pol ps:pbt"
    " pt:por qu:quy rn:run ro:ron ru:rus rw:kin sa:san sc:srd sd:snd sg:sag si:sin sk:slk sl:slv sm:smo sn:sna"
    " so:som sq:als sr:srp ss:ssw st:sot su:sun sv:swe sw:swh ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl"
    " tn:tsn tr:tur ts:tso tt:tat tw:twi ug:uig uk:ukr ur:urd uz:uzn vi:vie wo:wol xh:xho yi:ydd yo:yor zh:zho"
    " zu:zul fil:tgl iw:heb mfa:zsm"
)
_LANGUAGES = dict(pair.split(":") for pair in _PAIRS.split())

#: Where Chinese is written in traditional letters.
_TRADITIONAL = frozenset({"tw", "hk", "mo"})


def flores_code(tag: str, known: Iterable[str]) -> str | None:
    """The one of the codes ``known`` that ``tag`` means; None when it means none.

    A script that is not there, and a country, change nothing.
    """
    language, *further = tag.lower().replace("_", "-").split("-")
    language = _LANGUAGES.get(language, language)
    found = {code.lower(): code for code in sorted(known) if code.startswith(f"{language}_")}
    scripts = [part for part in further if len(part) == 4]
    if language == "zho" and _TRADITIONAL & set(further):
        scripts.append("hant")
    for script in (*scripts, "latn"):
        if f"{language}_{script}" in found:
            return found[f"{language}_{script}"]
    return next(iter(found.values()), None)
