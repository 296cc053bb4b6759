package dev.caravan.handover;

import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.Set;

/**
 * Where one side of a migration stands.
 *
 * @param role       the side
 * @param stage      the last stage in its journal
 * @param conditions what it knows besides
 */
public record Situation(Role role, Stage stage, Set<Condition> conditions) {

    public Situation {
        conditions = Set.copyOf(conditions);
    }

    @Override
    public String toString() {
        return role.name().toLowerCase(java.util.Locale.ROOT) + " " + stage.label()
                + (conditions.isEmpty() ? "" : " " + conditions);
    }
}
