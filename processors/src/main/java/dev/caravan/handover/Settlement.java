package dev.caravan.handover;

import static dev.caravan.handover.Rule.destination;
import static dev.caravan.handover.Rule.source;

import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What settles a migration that does not simply go forward: the way back before the commit, what is repeated until the
 * other side has heard it, what a restarted agent goes on with, and what a person decides.
 *
 * <ul>
 * <li>Before everything was sent either side may end a migration by itself.
 * <li>From then on the destination ends it only if its copy is gone, or the source says so: the source's copy may be lost
 * by a restart of its machine, and the one at the gate the last.
 * <li>A source that has lost its copy waits for what the destination has.
 * <li>A commit is undone only by a destination that says that its gate was never opened and never will be, or by a
 * person.
 * </ul>
 */
public final class Settlement {

    /** Stages at which the source may still have to undo something by itself. */
    private static final Set<Stage> BEFORE_COMMIT = EnumSet.of(Stage.REQUESTED, Stage.ATTESTING, Stage.PREPARING,
            Stage.SYNCING, Stage.FREEZING, Stage.TRANSFERRING, Stage.RESTORING);
    private static final Set<Stage> BEFORE_EVERYTHING_WAS_SENT = EnumSet.of(Stage.REQUESTED, Stage.ATTESTING,
            Stage.PREPARING, Stage.SYNCING, Stage.FREEZING, Stage.TRANSFERRING);
    private static final Set<Stage> ROLLED_BACK = EnumSet.of(Stage.ROLLED_BACK, Stage.REFUSED, Stage.CANCELLED);

    static final List<Rule> RULES = List.of(
            // a container need not stay frozen because a disk is full: without a commit in the journal a restart would
            // undo it as well. What is left to do is to write it down
            source(BEFORE_COMMIT).unless(Condition.COPY_LOST).at(Event.UNWRITTEN).react(Reactions.ABANDON_SOURCE),
            destination(BEFORE_COMMIT).at(Event.UNWRITTEN).react(Reactions.ABANDON_DESTINATION),
            source(BEFORE_COMMIT).when(Condition.ABANDONED).at(Event.LOOKED, Event.RESTARTED)
                    .react(Reactions.ROLL_BACK_SOURCE),
            destination(BEFORE_COMMIT).when(Condition.ABANDONED).at(Event.LOOKED, Event.RESTARTED)
                    .react(Reactions.ROLL_BACK_DESTINATION),

            // the source lost its copy, and the destination may have the last
            source(Stage.RESTORING).when(Condition.COPY_LOST).at(Event.LOOKED, Event.RESTARTED)
                    .react(Reactions.SAY_QUERY),
            source(Stage.RESTORING).when(Condition.COPY_LOST).at(Event.ABORT, Event.RESOLVED_FOR_SOURCE)
                    .react(Reactions.ROLL_BACK_SOURCE),

            // the way back before the commit
            source(BEFORE_COMMIT).unless(Condition.COPY_LOST)
                    .at(Event.ABORT, Event.CANCELLED, Event.SILENCE, Event.FAILED, Event.RESTARTED)
                    .react(Reactions.ROLL_BACK_SOURCE),
            source(BEFORE_EVERYTHING_WAS_SENT).at(Event.STREAM_FAILED, Event.BREACH)
                    .react(Reactions.ROLL_BACK_SOURCE),
            source(Stage.ROLLING_BACK).at(Event.LOOKED, Event.RESTARTED).react(Reactions.FINISH_ROLL_BACK_SOURCE),
            destination(BEFORE_EVERYTHING_WAS_SENT)
                    .at(Event.ABORT, Event.CANCELLED, Event.SILENCE, Event.FAILED, Event.RESTARTED,
                            Event.STREAM_FAILED, Event.BREACH)
                    .react(Reactions.ROLL_BACK_DESTINATION),
            destination(Stage.RESTORING).unless(Condition.REPORTED).at(Event.FAILED, Event.BREACH)
                    .react(Reactions.ROLL_BACK_DESTINATION),
            destination(Stage.RESTORING).at(Event.ABORT, Event.HELD_GONE, Event.RESOLVED_FOR_SOURCE)
                    .react(Reactions.ROLL_BACK_DESTINATION),
            destination(Stage.ROLLING_BACK).at(Event.LOOKED, Event.RESTARTED)
                    .react(Reactions.FINISH_ROLL_BACK_DESTINATION),

            // the other side did not hear, or asks
            source(Stage.ROLLING_BACK).at(Event.QUERY).react(Reactions.SAY_ABORT),
            source(ROLLED_BACK).at(Event.QUERY, Event.LOST).react(Reactions.SAY_ABORT),
            destination(Stage.ROLLING_BACK).at(Event.COMMIT, Event.QUERY).react(Reactions.SAY_ABORT),
            destination(ROLLED_BACK).at(Event.COMMIT, Event.QUERY).react(Reactions.SAY_ABORT),
            destination(Stage.RESTORING).unless(Condition.REPORTED).at(Event.GATE_REACHED)
                    .react(Reactions.REPORT_HELD),
            destination(Stage.RESTORING).when(Condition.REPORTED).at(Event.LOOKED, Event.RESTARTED, Event.QUERY)
                    .react(Reactions.REPEAT_HELD),
            source(Stage.COMMITTING).at(Event.LOOKED, Event.RESTARTED, Event.QUERY, Event.HELD)
                    .react(Reactions.LET_GO),
            destination(Stage.COMMITTING).at(Event.LOOKED, Event.RESTARTED, Event.COMMIT)
                    .react(Reactions.FINISH_OPENING),
            destination(Stage.RELEASING).at(Event.LOOKED, Event.RESTARTED, Event.COMMIT, Event.QUERY)
                    .react(Reactions.SAY_RUNNING),
            destination(Stage.COMPLETED).at(Event.COMMIT, Event.QUERY).react(Reactions.SAY_RUNNING),
            source(Stage.RELEASING).at(Event.LOOKED, Event.RESTARTED, Event.RUNNING).react(Reactions.FINISH_RELEASE),
            source(Stage.COMPLETED).at(Event.RUNNING, Event.LOST).react(Reactions.SAY_RELEASED),
            source(Stage.RELEASING, Stage.COMPLETED).at(Event.QUERY).react(Reactions.SAY_COMMIT),

            // the gate was never opened and never will be: the commit is undone
            source(Stage.COMMITTING, Stage.IN_DOUBT).at(Event.ABORT).react(Reactions.ROLL_BACK_SOURCE),

            // it ended before its gate was opened, and the gate is shut: nothing has run, and the source need not ask anybody
            destination(Stage.COMMITTING).at(Event.HELD_GONE).react(Reactions.ROLL_BACK_DESTINATION),

            // nothing is left at the destination, but something may have run there: a person decides
            source(Stage.COMMITTING).at(Event.LOST).react(Reactions.DOUBT),
            destination(Stage.IN_DOUBT).at(Event.LOOKED, Event.COMMIT, Event.QUERY).react(Reactions.SAY_LOST),
            destination(Stage.IN_DOUBT).at(Event.ABORT, Event.RESOLVED_FOR_SOURCE).react(Reactions.GIVE_UP_LOST),
            source(Stage.COMMITTING, Stage.IN_DOUBT).at(Event.RESOLVED_FOR_SOURCE)
                    .react(Reactions.ROLL_BACK_SOURCE),
            source(Stage.COMMITTING, Stage.IN_DOUBT).at(Event.RESOLVED_FOR_DESTINATION).react(Reactions.RELEASE),
            destination(Stage.RESTORING).when(Condition.REPORTED).at(Event.RESOLVED_FOR_DESTINATION)
                    .react(Reactions.OPEN),
            destination(Stage.RELEASING, Stage.IN_DOUBT).at(Event.RESOLVED_FOR_DESTINATION)
                    .react(Reactions.COMPLETE));

    private Settlement() {
    }

    /**
     * Whether the container, under its name, is this migration's to freeze, restore or delete, so that no other may take it:
     * until it has ended, but for a destination that has let it run and only waits to hear that the source has none any
     * more.
     */
    public static boolean holdsContainer(Role role, Stage stage) {
        return !stage.isFinal() && (role == Role.SOURCE || stage != Stage.RELEASING);
    }

    /**
     * What a platform answers about a migration that its journal does not know: nothing. A side journals a migration before
     * the other hears of it, so that nobody asks one that never knew it; the journal was lost, and may have had the commit.
     */
    public static Reaction ofUnknown(Event event) {
        return Reaction.NOTHING;
    }
}
