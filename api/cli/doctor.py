"""`ontschot doctor`: whether this installation is in order, and what to do where it is not."""

import rich_click as click

from api import doctor
from api.cli.options import as_format, common, settings_for
from api.cli.output import EXIT_FINDING, EXIT_OK, Format, print_json, print_text
from api.clock import SystemClock
from api.runtime import stop_on_signals


@click.command(
    options_metavar="[OPTIES]",
    help="Kijk de installatie na: instellingen, database, rechten, sleutels, schijf en meer.\n\n"
    "Verandert niets. Elke regel is ok, waarschuwing of fout, met wat eraan te doen is. Exitcode 1"
    " bij een fout.",
    epilog="Voorbeeld: ontschot doctor --formaat json",
)
@common
def command(*, formaat: str, folder: str | None) -> int:  # noqa: D103 - its help says it.
    stop_on_signals()
    patient = doctor.Patient(settings=settings_for(folder), now=SystemClock().now)
    signs = doctor.examine(patient)
    if as_format(formaat) is Format.JSON:
        print_json(
            {
                "inOrde": all(sign.state is not doctor.State.WRONG for sign in signs),
                "controles": [
                    {
                        "onderwerp": sign.subject,
                        "stand": str(sign.state),
                        "melding": sign.told,
                        "herstel": sign.remedy or None,
                    }
                    for sign in signs
                ],
            }
        )
    else:
        print_text("\n".join(_line(sign) for sign in signs))
    wrong = any(sign.state is doctor.State.WRONG for sign in signs)
    return EXIT_FINDING if wrong else EXIT_OK


def _line(sign: doctor.Sign) -> str:
    remedy = f" {sign.remedy}" if sign.remedy else ""
    return f"{sign.state:<12}  {sign.subject}: {sign.told}.{remedy}".replace("..", ".")
