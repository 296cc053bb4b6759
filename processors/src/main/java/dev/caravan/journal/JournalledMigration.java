package dev.caravan.journal;

import java.time.Instant;
import java.util.UUID;

/**
 * What the journal holds of a migration on one side.
 *
 * @param id          the migration's identity, from its request
 * @param role        the part that this platform plays
 * @param container   the container's name
 * @param source      the platform that it leaves
 * @param destination the platform that it moves to
 * @param stage       the last stage that was journalled
 * @param reason      why the migration took its last turn; empty while it goes forward
 * @param updatedAt   when the last stage was journalled
 * @param report      the report as JSON, once the migration has ended; else {@code null}
 */
public record JournalledMigration(UUID id, Role role, String container, String source, String destination, Stage stage,
        String reason, Instant updatedAt, String report) {

    /** The other platform's name. */
    public String peer() {
        return role == Role.SOURCE ? destination : source;
    }
}
