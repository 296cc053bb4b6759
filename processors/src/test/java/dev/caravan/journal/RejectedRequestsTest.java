package dev.caravan.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RejectedRequestsTest {
    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();

    private Journal journal() {
        return new Journal(directory.resolve("journal.db"));
    }

    @Test
    void aRejectedRequestIsKnownAfterARestartWithItsFirstReason() {
        try (Journal journal = journal()) {
            assertThat(journal.rejectedRequests().find(id)).isEmpty();
            journal.rejectedRequests().add(id, Instant.now().plusSeconds(60), "not there");
            journal.rejectedRequests().add(id, Instant.now().plusSeconds(60), "repeated");
        }
        try (Journal journal = journal()) {
            assertThat(journal.rejectedRequests().find(id)).contains("not there");
        }
    }

    @Test
    void whatHasExpiredIsForgottenWithTheNext() {
        try (Journal journal = journal()) {
            journal.rejectedRequests().add(id, Instant.now().minusSeconds(1), "not there");
            journal.rejectedRequests().add(UUID.randomUUID(), Instant.now().plusSeconds(60), "not there");
            assertThat(journal.rejectedRequests().find(id)).isEmpty();
        }
    }

    @Test
    void aLongReasonIsKeptShortened() {
        try (Journal journal = journal()) {
            journal.rejectedRequests().add(id, Instant.now().plusSeconds(60), "x".repeat(100_000));
            assertThat(journal.rejectedRequests().find(id).orElseThrow()).hasSizeLessThan(400);
        }
    }
}
