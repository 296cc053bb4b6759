package dev.caravan.handover;

import static dev.caravan.handover.Reaction.end;
import static dev.caravan.handover.Reaction.enter;
import static dev.caravan.handover.Reaction.perform;
import static dev.caravan.handover.Reaction.say;

import dev.caravan.control.ControlType;
import dev.caravan.journal.Stage;

/** All that a side can do about an event. Each has a Camel route of its name. */
public final class Reactions {
    // the source's way
    public static final Reaction OFFER = Reaction.of("offer", enter(Stage.ATTESTING), perform(Step.OFFER),
            say(ControlType.ATTEST_OFFER));
    public static final Reaction PROVE = Reaction.of("prove", perform(Step.APPRAISE_DESTINATION),
            say(ControlType.ATTEST_PROOF));
    public static final Reaction DESCRIBE = Reaction.of("describe", perform(Step.ESTABLISH), enter(Stage.PREPARING),
            perform(Step.DESCRIBE));
    public static final Reaction SYNC = Reaction.of("sync", enter(Stage.SYNCING), perform(Step.SYNC));
    public static final Reaction TRANSFER = Reaction.of("transfer", perform(Step.EXAMINE), enter(Stage.FREEZING),
            perform(Step.FREEZE), enter(Stage.TRANSFERRING), perform(Step.TRANSFER), enter(Stage.RESTORING),
            perform(Step.SEND_LAST));
    public static final Reaction COMMIT = Reaction.of("commit", perform(Step.VERIFY_HELD), enter(Stage.COMMITTING),
            perform(Step.LET_GO), say(ControlType.COMMIT));
    public static final Reaction LET_GO = Reaction.of("let-go", perform(Step.LET_GO), say(ControlType.COMMIT));
    public static final Reaction RELEASE = Reaction.of("release", enter(Stage.RELEASING), perform(Step.RELEASE),
            end(Stage.COMPLETED), say(ControlType.RELEASED));
    public static final Reaction FINISH_RELEASE = Reaction.of("finish-release", perform(Step.RELEASE),
            end(Stage.COMPLETED), say(ControlType.RELEASED));

    // the destination's way
    public static final Reaction ANSWER = Reaction.of("answer", enter(Stage.ATTESTING), perform(Step.ANSWER),
            say(ControlType.ATTEST_ANSWER));
    public static final Reaction CONFIRM = Reaction.of("confirm", perform(Step.APPRAISE_SOURCE),
            say(ControlType.ATTESTED));
    public static final Reaction PREPARE = Reaction.of("prepare", enter(Stage.PREPARING), perform(Step.PREPARE),
            enter(Stage.SYNCING), say(ControlType.PREPARED));
    public static final Reaction SAY_SYNCED = Reaction.of("say-synced", say(ControlType.SYNCED));
    public static final Reaction RECEIVE = Reaction.of("receive", enter(Stage.TRANSFERRING));
    public static final Reaction RESTORE = Reaction.of("restore", enter(Stage.RESTORING), perform(Step.RESTORE),
            perform(Step.REPORT_HELD), say(ControlType.HELD));
    public static final Reaction REPORT_HELD = Reaction.of("report-held", perform(Step.REPORT_HELD),
            say(ControlType.HELD));
    public static final Reaction OPEN = Reaction.of("open", enter(Stage.COMMITTING), perform(Step.OPEN_GATE));
    public static final Reaction FINISH_OPENING = Reaction.of("finish-opening", perform(Step.OPEN_GATE));
    public static final Reaction RUN = Reaction.of("run", enter(Stage.RELEASING), say(ControlType.RUNNING));
    public static final Reaction COMPLETE = Reaction.of("complete", perform(Step.WIPE), end(Stage.COMPLETED));
    public static final Reaction LOSE = Reaction.of("lose", perform(Step.KEEP_FILES), enter(Stage.IN_DOUBT),
            say(ControlType.LOST));

    // what is repeated, or answered late
    public static final Reaction REPEAT_HELD = Reaction.of("repeat-held", say(ControlType.HELD),
            say(ControlType.QUERY));
    public static final Reaction SAY_QUERY = Reaction.of("say-query", say(ControlType.QUERY));
    public static final Reaction SAY_COMMIT = Reaction.of("say-commit", say(ControlType.COMMIT));
    public static final Reaction SAY_RUNNING = Reaction.of("say-running", say(ControlType.RUNNING));
    public static final Reaction SAY_RELEASED = Reaction.of("say-released", say(ControlType.RELEASED));
    public static final Reaction SAY_LOST = Reaction.of("say-lost", say(ControlType.LOST));
    public static final Reaction SAY_ABORT = Reaction.of("say-abort", say(ControlType.ABORT));

    // the way back
    public static final Reaction ROLL_BACK_SOURCE = Reaction.of("roll-back-source", enter(Stage.ROLLING_BACK),
            say(ControlType.ABORT), perform(Step.UNDO_SOURCE), end(Stage.ROLLED_BACK));
    public static final Reaction FINISH_ROLL_BACK_SOURCE = Reaction.of("finish-roll-back-source",
            perform(Step.UNDO_SOURCE), end(Stage.ROLLED_BACK));
    public static final Reaction ABANDON_SOURCE = Reaction.of("abandon-source", perform(Step.ABANDON),
            say(ControlType.ABORT), perform(Step.UNDO_SOURCE));
    // nothing is said: without the journal a restart would forget it
    public static final Reaction ABANDON_DESTINATION = Reaction.of("abandon-destination", perform(Step.ABANDON),
            perform(Step.UNDO_DESTINATION));
    public static final Reaction ROLL_BACK_DESTINATION = Reaction.of("roll-back-destination",
            enter(Stage.ROLLING_BACK), say(ControlType.ABORT), perform(Step.UNDO_DESTINATION),
            end(Stage.ROLLED_BACK));
    public static final Reaction FINISH_ROLL_BACK_DESTINATION = Reaction.of("finish-roll-back-destination",
            perform(Step.UNDO_DESTINATION), end(Stage.ROLLED_BACK));
    public static final Reaction DOUBT = Reaction.of("doubt", perform(Step.WIPE), enter(Stage.IN_DOUBT));
    public static final Reaction GIVE_UP_LOST = Reaction.of("give-up-lost", end(Stage.ROLLED_BACK));

    private Reactions() {
    }
}
