package dev.caravan.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.wire.Excerpt;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What one migration did, for programs and people. Times are in milliseconds, sizes in bytes.
 *
 * @param mode           {@code stopcopy}
 * @param tracker        how changed pages were found; {@code none} in stopcopy
 * @param reason         for a completed migration what of its files is left at the source, empty if nothing; else why it
 *                       has not completed
 * @param error          a short code for programs where the outcome is not completed, for example {@code unknown-container}; else null
 * @param downtimeMillis from the pause at the source until the destination's running message, by the source's clock;
 *                       null if the container was never paused
 * @param memoryBytes    size of the checkpoint
 * @param sentBytes      ciphertext handed to the broker, resends included
 * @param pagesSkipped   pages not sent because the destination held them
 */
public record MigrationReport(UUID migrationId, String container, String source, String destination, String mode,
        String tracker, Outcome outcome, String reason, @JsonInclude(JsonInclude.Include.NON_NULL) String error,
        List<StageTime> stages, List<Round> rounds, Long downtimeMillis, long totalMillis, long memoryBytes,
        long sentBytes, long pagesSent, long pagesZero, long pagesSkipped, long batches, long resent,
        Attestation attestation) {

    /** The error of a migration that was undone although its container does not run at the source any more. */
    public static final String CONTAINER_GONE = "container-gone";

    /** When a stage began and how long it lasted. */
    public record StageTime(String name, Instant startedAt, long millis) {
    }

    /** One round of memory transfer. */
    public record Round(int number, long pages, long bytes, long millis) {
    }

    /** The verdicts on both platforms; a side that was never appraised has verdict {@code none}. */
    public record Attestation(Side source, Side destination) {
    }

    /** One platform's verdict and the reasons for it: what the other side says of it is kept short. */
    public record Side(String verdict, List<String> reasons) {
        public static final Side NONE = new Side("none", List.of());

        private static final int MAX_REASONS = 100;
        private static final int VERDICT_CHARACTERS = 32;

        public Side {
            if (verdict == null || reasons == null) {
                throw new IllegalArgumentException("a verdict or its reasons are missing");
            }
            verdict = Excerpt.of(verdict, VERDICT_CHARACTERS);
            reasons = reasons.stream().limit(MAX_REASONS).map(Excerpt::reason).toList();
        }
    }
}
