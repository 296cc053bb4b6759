package dev.caravan.handover;

import dev.caravan.control.ControlType;
import dev.caravan.journal.Stage;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a side does about an event: actions, one after the other. One that fails ends the reaction, and is the next event
 * of its migration.
 *
 * @param name    of the route that carries it out, for example {@code commit}
 * @param actions in their order; none if the event changes nothing
 */
public record Reaction(String name, List<Action> actions) {

    /** The event changes nothing. */
    public static final Reaction NOTHING = new Reaction("nothing", List.of());

    public Reaction {
        actions = List.copyOf(actions);
    }

    /** A reaction. */
    public static Reaction of(String name, Action... actions) {
        return new Reaction(name, List.of(actions));
    }

    /** Whether there is nothing to do. */
    public boolean isNothing() {
        return actions.isEmpty();
    }

    static Action enter(Stage stage) {
        return new Action.Enter(stage);
    }

    static Action perform(Step step) {
        return new Action.Do(step);
    }

    static Action say(ControlType message) {
        return new Action.Say(message);
    }

    static Action end(Stage stage) {
        return new Action.End(stage);
    }

    /** The actions in plain words, for example {@code verify-held, enter committing, let-go, say commit}. */
    public String words() {
        return actions.stream().map(Action::toString).collect(Collectors.joining(", "));
    }
}
