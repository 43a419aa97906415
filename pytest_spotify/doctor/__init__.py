"""What stands between this machine and a live run: one check after the other, each with the next step.

Never shows a secret. Knows neither the terminal nor pytest.
"""

from pytest_spotify.doctor.check import Diagnosis
from pytest_spotify.doctor.examination import Doctor

__all__ = ["Diagnosis", "Doctor"]
