package dev.caravan.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlType;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProtocolTest {

    @ParameterizedTest
    @EnumSource(ControlType.class)
    void everyMessageThatIsSaidIsActedOn(ControlType type) {
        Event heard = Event.of(type);

        assertThat(Protocol.STANDARD.rules()).anyMatch(rule -> rule.events().contains(heard));
        assertThat(Protocol.STANDARD.rules()).anyMatch(
                rule -> rule.reaction().actions().contains(new Action.Say(type)));
    }

    @Test
    void theRulesEnterStagesAsTheJournalAllowsAndUseEveryWayThatItAllows() {
        Set<String> used = new HashSet<>();
        for (Rule rule : Protocol.STANDARD.rules()) {
            for (Stage stage : rule.stages()) {
                Stage present = stage;
                for (Action action : rule.reaction().actions()) {
                    Stage next = entered(action);
                    if (next != null) {
                        assertThat(present.mayBecome(next)).as("%s at %s: from %s to %s", rule.role(), rule.events(),
                                present.label(), next.label()).isTrue();
                        used.add(present + ">" + next);
                        present = next;
                    }
                }
            }
        }
        for (Stage from : Stage.values()) {
            for (Stage to : Stage.values()) {
                // which of the three ends it is the migration's reason says
                boolean end = to == Stage.REFUSED || to == Stage.CANCELLED;
                if (from.mayBecome(to) && !end) {
                    assertThat(used).contains(from + ">" + to);
                }
            }
        }
    }

    @Test
    void aNameIsOfOneReaction() {
        Map<String, Reaction> named = new HashMap<>();
        for (Rule rule : Protocol.STANDARD.rules()) {
            assertThat(named.putIfAbsent(rule.reaction().name(), rule.reaction())).isIn(null, rule.reaction());
        }
    }

    @Test
    void whatHasCommittedCannotBeCancelled() {
        for (Stage stage : Stage.values()) {
            if (!stage.isBeforeCommit()) {
                for (Role role : Role.values()) {
                    assertThat(Protocol.STANDARD.reaction(new Situation(role, stage, Set.of()), Event.CANCELLED)
                            .isNothing()).as("%s at %s", role, stage).isTrue();
                }
            }
        }
    }

    @Test
    void aHeldContainerIsNotTheDestinationsToGiveUp() {
        Situation held = new Situation(Role.DESTINATION, Stage.RESTORING, Set.of(Condition.REPORTED));

        for (Event event : Set.of(Event.CANCELLED, Event.SILENCE, Event.FAILED, Event.STREAM_FAILED, Event.BREACH)) {
            assertThat(Protocol.STANDARD.reaction(held, event).isNothing()).as(event.label()).isTrue();
        }
    }

    private static Stage entered(Action action) {
        if (action instanceof Action.Enter enter) {
            return enter.stage();
        }
        return action instanceof Action.End end ? end.stage() : null;
    }
}
