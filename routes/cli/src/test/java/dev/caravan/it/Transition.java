package dev.caravan.it;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.event.MigrationEvents;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** A side of a migration enters a stage: it has journalled that, and says so in an event. */
record Transition(Role role, Stage stage) implements Comparable<Transition> {

    /** The transition that an event tells, if it tells one of that migration. */
    static Optional<Transition> in(JsonNode event, UUID migration) {
        JsonNode data = event.path("data");
        return event.path("type").asText().equals(MigrationEvents.TRANSITION)
                && data.path("migrationId").asText().equals(migration.toString())
                        ? Optional.of(new Transition(Role.valueOf(data.path("role").asText().toUpperCase(Locale.ROOT)),
                                Stage.ofLabel(data.path("stage").asText())))
                        : Optional.empty();
    }

    @Override
    public int compareTo(Transition other) {
        return Comparator.comparing(Transition::role).thenComparing(Transition::stage).compare(this, other);
    }

    @Override
    public String toString() {
        return role.name().toLowerCase(Locale.ROOT) + " " + stage.label();
    }
}
