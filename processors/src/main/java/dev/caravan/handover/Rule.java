package dev.caravan.handover;

import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.EnumSet;
import java.util.Set;

/**
 * One row of the protocol: in such a situation, at such an event, a side reacts so.
 *
 * @param role     the side
 * @param stages   at which it holds
 * @param requires conditions that must all hold
 * @param excludes conditions of which none may hold
 * @param events   at which it holds
 * @param reaction what is done
 */
public record Rule(Role role, Set<Stage> stages, Set<Condition> requires, Set<Condition> excludes, Set<Event> events,
        Reaction reaction) {

    public Rule {
        stages = Set.copyOf(stages);
        requires = Set.copyOf(requires);
        excludes = Set.copyOf(excludes);
        events = Set.copyOf(events);
    }

    /** Whether this row is for the situation and event. */
    public boolean holds(Situation situation, Event event) {
        return role == situation.role() && stages.contains(situation.stage()) && events.contains(event)
                && situation.conditions().containsAll(requires)
                && excludes.stream().noneMatch(situation.conditions()::contains);
    }

    static Row source(Stage first, Stage... others) {
        return new Row(Role.SOURCE, EnumSet.of(first, others));
    }

    static Row source(Set<Stage> stages) {
        return new Row(Role.SOURCE, stages);
    }

    static Row destination(Stage first, Stage... others) {
        return new Row(Role.DESTINATION, EnumSet.of(first, others));
    }

    static Row destination(Set<Stage> stages) {
        return new Row(Role.DESTINATION, stages);
    }

    /** A row that is being written. */
    static final class Row {
        private final Role role;
        private final Set<Stage> stages;
        private final Set<Condition> requires = EnumSet.noneOf(Condition.class);
        private final Set<Condition> excludes = EnumSet.noneOf(Condition.class);
        private final Set<Event> events = EnumSet.noneOf(Event.class);

        private Row(Role role, Set<Stage> stages) {
            this.role = role;
            this.stages = stages;
        }

        Row when(Condition condition) {
            requires.add(condition);
            return this;
        }

        Row unless(Condition condition) {
            excludes.add(condition);
            return this;
        }

        Row at(Event first, Event... others) {
            events.addAll(EnumSet.of(first, others));
            return this;
        }

        Rule react(Reaction reaction) {
            return new Rule(role, stages, requires, excludes, events, reaction);
        }
    }
}
