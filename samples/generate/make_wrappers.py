"""Makes the seeds of the wrapper formats: winmail.dat ([MS-OXTNEF]), .msg ([MS-OXMSG] in [MS-CFB]), each with a text, a paper and a
mail within the mail.

    python3 make_wrappers.py ../../fuzz/seeds/wrapper
"""

import pathlib
import struct
import sys

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nnot much of a paper\n%%EOF\n"


def padded(data: bytes, to: int = 4) -> bytes:
    return data + b"\0" * (-len(data) % to)


def prop(kind: int, tag: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, tag, 1, len(value)) + padded(value)


def props(*all_of_them: bytes) -> bytes:
    return struct.pack("<I", len(all_of_them)) + b"".join(all_of_them)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def tnef(text: str, name: str, paper: bytes, inner: bytes = b"") -> bytes:
    def attribute(level: int, number: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    out = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00069007, struct.pack("<II", 1250, 0))
    out += attribute(1, 0x00069003, props(struct.pack("<HHI", 0x0003, 0x0E07, 1), prop(0x001F, 0x1000, wide(text) + b"\0\0")))
    out += attribute(2, 0x00069002, b"\0" * 14) + attribute(2, 0x00018010, b"FAKTUR~1.PDF\0") + attribute(2, 0x0006800F, paper)
    out += attribute(2, 0x00069005, props(prop(0x001F, 0x3707, wide(name) + b"\0\0")))
    if inner:
        out += attribute(2, 0x00069002, b"\0" * 14) + attribute(2, 0x0006800F, b"This attachment is a MAPI 1.0 embedded message")
        out += attribute(2, 0x00069005, props(prop(0x000D, 0x3701, b"\x07\x03\x02" + b"\0" * 13 + inner)))
    return out


def compound(tree: dict) -> bytes:
    """A compound file of version 3: dicts are storages, bytes streams; all streams are small and live in the mini stream."""
    entries: list[dict] = []

    def add(name: str, node: dict | bytes) -> int:
        index = len(entries)
        entries.append({"name": name, "node": node, "child": 0xFFFFFFFF, "right": 0xFFFFFFFF})
        if isinstance(node, dict):
            children = [add(child, node[child]) for child in sorted(node)]
            for one, other in zip(children, children[1:]):
                entries[one]["right"] = other
            entries[index]["child"] = children[0] if children else 0xFFFFFFFF
        return index

    add("Root Entry", tree)
    mini, mini_fat, places = b"", [], []
    for entry in entries:
        node = entry["node"]
        if not isinstance(node, bytes) or not node:
            places.append((0xFFFFFFFE, len(node) if isinstance(node, bytes) else 0))
            continue
        first, count = len(mini_fat), -(-len(node) // 64)
        mini_fat += [first + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
        mini += padded(node, 64)
        places.append((first, len(node)))
    folders = b""
    mini_sectors, fat_sectors = -(-len(mini) // 512), 1
    folder_sectors = -(-len(entries) // 4)
    mini_fat_sectors = -(-len(mini_fat) * 4 // 512)
    start_mini_fat = fat_sectors + folder_sectors
    start_mini = start_mini_fat + mini_fat_sectors
    for index, entry in enumerate(entries):
        name = wide(entry["name"]) + b"\0\0"
        kind = 5 if index == 0 else 1 if isinstance(entry["node"], dict) else 2
        start, size = (start_mini, len(mini)) if index == 0 else places[index]
        folders += name.ljust(64, b"\0") + struct.pack("<HBB", len(name), kind, 1)
        folders += struct.pack("<III", 0xFFFFFFFF, entry["right"], entry["child"]) + b"\0" * 36 + struct.pack("<IQ", start, size)

    def chain(first: int, count: int) -> list[int]:
        return [first + n + 1 for n in range(count - 1)] + [0xFFFFFFFE] if count else []

    fat = [0xFFFFFFFD] + chain(1, folder_sectors) + chain(start_mini_fat, mini_fat_sectors) + chain(start_mini, mini_sectors)
    fat += [0xFFFFFFFF] * (128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, start_mini_fat, mini_fat_sectors, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", 0xFFFFFFFF) * 108
    body = struct.pack("<128I", *fat) + padded(folders, 512)
    return head + body + padded(struct.pack(f"<{len(mini_fat)}I", *mini_fat), 512) + padded(mini, 512)


def message(text: str, subject: str, attachments: list[dict]) -> dict:
    tree: dict = {"__properties_version1.0": b"\0" * 32, "__substg1.0_0037001F": wide(subject), "__substg1.0_1000001F": wide(text)}
    for number, attachment in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = attachment
    return tree


def paper(name: str) -> dict:
    return {"__substg1.0_37010102": PDF, "__substg1.0_3707001F": wide(name), "__substg1.0_370E001F": wide("application/pdf")}


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    inner = tnef("Wewnątrz", "druga.pdf", PDF)
    (folder / "winmail.dat").write_bytes(tnef("Zażółć gęślą jaźń", "Faktura żółta.pdf", PDF, inner))
    within = message("Drinnen", "Rechnung 7", [paper("zwei.pdf")])
    outer = message("Anbei", "WG: Rechnung 7", [paper("eins.pdf"), {"__substg1.0_3701000D": within}])
    (folder / "outlook.msg").write_bytes(compound(outer))


main()
