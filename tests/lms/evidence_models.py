"""Every append-only model, written out: one that forgets to say so is missed here."""

EVIDENCE = (
    "certificates.CertificateEvent",
    "certificates.DailyHead",
    "certificates.EarlierSuspension",
    "courses.StudyEntry",
    "courses.TrainingCredit",
    "courses.TrainingRecord",
    "exams.AnswerEntry",
    "exams.BlankAnswer",
    "exams.Mark",
    "exams.Paper",
    "exams.PaperKey",
    "exams.QuestionOption",
    "exams.QuestionReview",
    "exams.QuestionRevision",
    "exams.Submission",
    "exams.TimeAdjustment",
    "people.AuditEvent",
    "plan.Snapshot",
)
