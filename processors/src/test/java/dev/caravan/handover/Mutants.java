package dev.caravan.handover;

import static dev.caravan.handover.Reaction.end;
import static dev.caravan.handover.Reaction.enter;
import static dev.caravan.handover.Reaction.perform;
import static dev.caravan.handover.Reaction.say;

import dev.caravan.control.ControlType;
import dev.caravan.journal.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Protocols with one fault each, such as were really made or are easily made: the exploration must find every one. */
final class Mutants {

    private Mutants() {
    }

    /** The faulty protocols by what is wrong with them. */
    static Map<String, Protocol> all() {
        Map<String, Protocol> all = new LinkedHashMap<>();
        all.put("a destination says lost although it runs the container",
                before(Rule.destination(Stage.RELEASING).at(Event.COMMIT).react(Reactions.SAY_LOST)));
        all.put("a source that has lost its copy rolls back",
                before(Rule.source(Stage.RESTORING).when(Condition.COPY_LOST).at(Event.RESTARTED)
                        .react(Reactions.ROLL_BACK_SOURCE)));
        all.put("a roll-back ends before everything is undone",
                with(Reactions.ROLL_BACK_SOURCE, enter(Stage.ROLLING_BACK), end(Stage.ROLLED_BACK),
                        perform(Step.UNDO_SOURCE)));
        all.put("running is said before it is journalled",
                with(Reactions.RUN, say(ControlType.RUNNING), enter(Stage.RELEASING)));
        all.put("lost is said before everything is dead",
                with(Reactions.LOSE, say(ControlType.LOST), perform(Step.KEEP_FILES), enter(Stage.IN_DOUBT)));
        all.put("the files of a container that has run are removed",
                before(Rule.destination(Stage.COMMITTING).at(Event.GATE_ENDED)
                        .react(Reaction.of("mutant", perform(Step.UNDO_DESTINATION), enter(Stage.IN_DOUBT)))));
        all.put("a query is answered before the link is down",
                before(Rule.source(Stage.COMMITTING).at(Event.QUERY).react(Reactions.SAY_COMMIT)));
        all.put("commit is said before the link is down",
                with(Reactions.COMMIT, perform(Step.VERIFY_HELD), enter(Stage.COMMITTING), say(ControlType.COMMIT),
                        perform(Step.LET_GO)));
        all.put("commit is said before it is journalled",
                with(Reactions.COMMIT, perform(Step.VERIFY_HELD), perform(Step.LET_GO), say(ControlType.COMMIT),
                        enter(Stage.COMMITTING)));
        all.put("everything is sent before that is journalled",
                with(Reactions.TRANSFER, perform(Step.EXAMINE), enter(Stage.FREEZING), perform(Step.FREEZE),
                        enter(Stage.TRANSFERRING), perform(Step.TRANSFER), perform(Step.SEND_LAST),
                        enter(Stage.RESTORING)));
        all.put("the gate is opened before that is journalled",
                with(Reactions.OPEN, perform(Step.OPEN_GATE), enter(Stage.COMMITTING)));
        all.put("the source rolls back for silence after the commit",
                before(Rule.source(Stage.COMMITTING).at(Event.SILENCE).react(Reactions.ROLL_BACK_SOURCE)));
        all.put("the source undoes the commit when a restart finds it",
                before(Rule.source(Stage.COMMITTING).at(Event.RESTARTED).react(Reactions.ROLL_BACK_SOURCE)));
        all.put("the source undoes the commit when the destination's copy has ended",
                before(Rule.source(Stage.COMMITTING).at(Event.LOST).react(Reactions.ROLL_BACK_SOURCE)));
        all.put("the source releases when the destination's copy has ended",
                before(Rule.source(Stage.COMMITTING).at(Event.LOST).react(Reactions.RELEASE)));
        all.put("the source releases when it has committed",
                with(Reactions.LET_GO, perform(Step.LET_GO), say(ControlType.COMMIT), enter(Stage.RELEASING),
                        perform(Step.RELEASE)));
        all.put("the source aborts what it has not decided",
                before(Rule.source(Stage.RESTORING).at(Event.QUERY).react(Reactions.SAY_ABORT)));
        all.put("a destination that holds gives up for silence",
                before(Rule.destination(Stage.RESTORING).at(Event.SILENCE).react(Reactions.ROLL_BACK_DESTINATION)));
        all.put("a destination that holds gives up after a restart",
                before(Rule.destination(Stage.RESTORING).at(Event.RESTARTED)
                        .react(Reactions.ROLL_BACK_DESTINATION)));
        all.put("a destination that holds says abort and waits",
                before(Rule.destination(Stage.RESTORING).at(Event.HELD_GONE, Event.QUERY).react(Reactions.SAY_ABORT)));
        all.put("a destination says abort although it is opening",
                before(Rule.destination(Stage.COMMITTING).at(Event.COMMIT).react(Reactions.SAY_ABORT)));
        all.put("a destination opens what was not committed",
                before(Rule.destination(Stage.RESTORING).when(Condition.REPORTED).at(Event.LOOKED)
                        .react(Reactions.OPEN)));
        all.put("a destination ends at the commit",
                with(Reactions.RUN, perform(Step.WIPE), enter(Stage.RELEASING), end(Stage.COMPLETED),
                        say(ControlType.ABORT)));
        all.put("nothing is repeated",
                without(rule -> rule.events().contains(Event.LOOKED)));
        all.put("a source that has released answers no more",
                without(rule -> rule.reaction() == Reactions.SAY_RELEASED));
        all.put("a source that has rolled back answers no more",
                without(rule -> rule.reaction() == Reactions.SAY_ABORT
                        && rule.role() == dev.caravan.journal.Role.SOURCE));
        all.put("an unfinished opening is not taken up",
                without(rule -> rule.reaction() == Reactions.FINISH_OPENING));
        all.put("an unfinished release is not taken up",
                without(rule -> rule.reaction() == Reactions.FINISH_RELEASE));
        all.put("an unfinished roll-back is not taken up",
                without(rule -> rule.reaction() == Reactions.FINISH_ROLL_BACK_SOURCE));
        all.put("nobody can resolve a doubt",
                without(rule -> rule.events().contains(Event.RESOLVED_FOR_SOURCE)
                        && rule.stages().contains(Stage.IN_DOUBT)));
        return all;
    }

    private static Protocol before(Rule first) {
        List<Rule> rules = new ArrayList<>();
        rules.add(first);
        rules.addAll(Protocol.STANDARD.rules());
        return new Protocol(rules);
    }

    private static Protocol without(Predicate<Rule> gone) {
        return new Protocol(Protocol.STANDARD.rules().stream().filter(gone.negate()).toList());
    }

    private static Protocol with(Reaction changed, Action... actions) {
        Reaction mutant = Reaction.of(changed.name(), actions);
        return new Protocol(Protocol.STANDARD.rules().stream()
                .map(rule -> rule.reaction() == changed
                        ? new Rule(rule.role(), rule.stages(), rule.requires(), rule.excludes(), rule.events(), mutant)
                        : rule)
                .toList());
    }
}
