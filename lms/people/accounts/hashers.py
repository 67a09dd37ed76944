from django.contrib.auth.hashers import Argon2PasswordHasher


class SignInHasher(Argon2PasswordHasher):
    """Argon2id at the minimum of OWASP's Password Storage Cheat Sheet.

    19 MiB and two passes a guess, where Django takes 100 MiB and eight lanes: a room
    of people signs in at once on two cores, and 32 threads take 0.6 GiB at most, not
    3 GiB. A password of before is hashed anew when its holder signs in.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
