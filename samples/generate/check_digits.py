"""Tax ids, accounts and keys with right check digits, made from invented stems."""
from string import ascii_uppercase


def nip(stem):
    """Polish NIP from 9 digits."""
    check = sum(int(d) * w for d, w in zip(stem, (6, 5, 7, 2, 3, 4, 5, 6, 7))) % 11
    assert check < 10, stem
    return stem + str(check)


def cui(stem):
    """Romanian CUI from up to 9 digits."""
    check = sum(int(d) * w for d, w in zip(stem.zfill(9), (7, 5, 3, 2, 1, 7, 5, 3, 2))) * 10 % 11 % 10
    return stem + str(check)


def ust_id(stem):
    """German USt-IdNr. from 8 digits (ISO 7064 MOD 11,10)."""
    product = 10
    for digit in stem:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return "DE" + stem + str((11 - product) % 10)


def vkn(stem):
    """Turkish VKN from 9 digits."""
    total = 0
    for i, digit in enumerate(stem):
        tmp = (int(digit) + 9 - i) % 10
        total += 9 if tmp == 9 else tmp * 2 ** (9 - i) % 9
    return stem + str((10 - total % 10) % 10)


def cnpj(stem):
    """Brazilian CNPJ from 12 digits."""
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        rest = sum(int(d) * w for d, w in zip(stem, weights)) % 11
        stem += "0" if rest < 2 else str(11 - rest)
    return stem


def iban(country, account):
    digits = "".join(str(ascii_uppercase.index(c) + 10) if c in ascii_uppercase else c for c in account + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def access_key(uf, year_month, cnpj_digits, model, series, number, code):
    """NF-e access key: 43 digits and a check digit mod 11."""
    stem = f"{uf:02d}{year_month}{cnpj_digits}{model:02d}{series:03d}{number:09d}1{code:08d}"
    weighted = sum(int(d) * w for d, w in zip(reversed(stem), [2, 3, 4, 5, 6, 7, 8, 9] * 6))
    rest = weighted % 11
    return stem + str(0 if rest < 2 else 11 - rest)


def ksef_number(nip_digits, date, middle):
    """NIP-YYYYMMDD-12 hex-CRC8 (polynomial 0x07, start 0) over the first 32 characters."""
    head = f"{nip_digits}-{date.replace('-', '')}-{middle}"
    crc = 0
    for byte in head.encode():
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return f"{head}-{crc:02X}"
