"""The commonest passwords among those that are long enough, in lower case."""

_TEXT = """
000000000000 111111111111 112233445566 121212121212 123123123123 123456123456 1234567890ab 123456789012
1234567890123 123456789123 123456789abc 1234567891011 1234qwerasdf 147258369147 1q2w3e4r5t6y 1q2w3e4r5t6y7u
1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc 987654321098 abc123abc123 abcd1234abcd abcd12345678 abcdefghijkl
abcdefghijklm administrator administrator1 admin1234567 adminadminadmin asdfasdfasdf asdfghjkl123 asdfghjklqwe
changemechangeme changemenow1 chocolate123 correcthorsebatterystaple football1234 helloworld123 iloveyou1234
iloveyouforever letmein12345 letmeinletmein london123456 monkey123456 passpasspass password0123 password1234
password12345 password123456 password1234567 password12345678 password123! password2024 password2025 password2026
passwordpassword p@ssw0rd1234 p@ssword1234 pa$$word1234 qazwsxedc123 qazwsxedcrfv qqww1122eerr qwer1234asdf
qwerasdfzxcv qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiopas qwertyuiopasdf qwertyuiopasdfghjkl
qwerty123456 qwerty1234567 qwerty12345678 starwars1234 summer202412 sunshine1234 superman1234 testtesttest
trustno1trustno1 welcome12345 welcome123456 welcomewelcome zaq12wsxcde3 zxcvbnm12345 zxcvbnmasdfghjkl
"""

COMMON_PASSWORDS = frozenset(_TEXT.split())
