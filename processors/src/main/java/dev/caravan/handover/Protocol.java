package dev.caravan.handover;

import static dev.caravan.handover.Rule.destination;
import static dev.caravan.handover.Rule.source;

import dev.caravan.journal.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * What each side of a migration does about each event: a table, free of I/O, clocks and threads. This class has the way
 * forward; {@link Settlement} what a side does about silence, failure, restarts, late messages and persons.
 *
 * <p>
 * The link between the sides may lose, repeat and reorder messages; either side may crash between any two actions. The
 * commit point is {@link Stage#COMMITTING} in the source's journal.
 */
public final class Protocol {

    /** The protocol as it is spoken. */
    public static final Protocol STANDARD = new Protocol(standard());

    private final List<Rule> rules;

    /** A protocol of these rows; of several that hold the first counts. */
    Protocol(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** What is done in this situation at this event; {@link Reaction#NOTHING} if it changes nothing. */
    public Reaction reaction(Situation situation, Event event) {
        boolean abandoned = situation.conditions().contains(Condition.ABANDONED)
                && situation.stage().isBeforeCommit();
        return rules.stream().filter(rule -> !abandoned || rule.requires().contains(Condition.ABANDONED))
                .filter(rule -> rule.holds(situation, event)).findFirst().map(Rule::reaction)
                .orElse(Reaction.NOTHING);
    }

    /** The rows, as they are looked through. */
    public List<Rule> rules() {
        return rules;
    }

    private static List<Rule> standard() {
        List<Rule> all = new ArrayList<>(Settlement.RULES);
        all.addAll(List.of(
                source(Stage.REQUESTED).at(Event.REQUEST).react(Reactions.OFFER),
                source(Stage.ATTESTING).unless(Condition.PROVED).at(Event.ATTEST_ANSWER).react(Reactions.PROVE),
                source(Stage.ATTESTING).when(Condition.PROVED).at(Event.ATTESTED).react(Reactions.DESCRIBE),
                source(Stage.PREPARING).at(Event.PREPARED).react(Reactions.SYNC),
                source(Stage.SYNCING).at(Event.SYNCED).react(Reactions.TRANSFER),
                source(Stage.RESTORING).at(Event.HELD).react(Reactions.COMMIT),
                source(Stage.COMMITTING, Stage.IN_DOUBT).at(Event.RUNNING).react(Reactions.RELEASE),

                destination(Stage.REQUESTED).at(Event.ATTEST_OFFER).react(Reactions.ANSWER),
                destination(Stage.ATTESTING).unless(Condition.ESTABLISHED).at(Event.ATTEST_PROOF)
                        .react(Reactions.CONFIRM),
                destination(Stage.ATTESTING).when(Condition.ESTABLISHED).at(Event.DESCRIBED).react(Reactions.PREPARE),
                destination(Stage.SYNCING).at(Event.FILES_BUILT).react(Reactions.SAY_SYNCED),
                destination(Stage.SYNCING).at(Event.MEMORY_ARRIVING).react(Reactions.RECEIVE),
                destination(Stage.TRANSFERRING).at(Event.STREAM_COMPLETE).react(Reactions.RESTORE),
                destination(Stage.RESTORING).when(Condition.REPORTED).at(Event.COMMIT).react(Reactions.OPEN),
                destination(Stage.COMMITTING).at(Event.GATE_RUNS).react(Reactions.RUN),
                destination(Stage.COMMITTING).at(Event.GATE_ENDED).react(Reactions.LOSE),
                destination(Stage.RELEASING, Stage.IN_DOUBT).at(Event.RELEASED).react(Reactions.COMPLETE)));
        return all;
    }
}
