"""Work that goes on after its answer."""

from uuid import UUID

from structlog.testing import capture_logs

from api.jobs import Job, Jobs

SUBJECT = UUID(int=7)


async def test_work_that_failed_says_where_and_of_what_and_not_about_whom() -> None:
    async def work() -> None:
        message = "999900006"
        raise ValueError(message) from KeyError(message)

    jobs, job = Jobs(), Job(gemeente="GM0344")
    with capture_logs() as log:
        jobs.start(SUBJECT, job, work())
        assert job.task is not None
        await job.task
    (told,) = log
    assert job.failed
    assert (told["event"], told["gemeente"]) == ("taak-mislukt", "GM0344")
    assert (told["onderwerp"], told["soort"]) == (str(SUBJECT), "ValueError")
    assert told["oorzaak"] == "KeyError"
    assert "test_jobs" in str(told["plaats"])
    assert "999900006" not in str(told)
