package dev.caravan.journal;

import java.time.Instant;

/**
 * One journalled step of a migration.
 *
 * @param stage  the stage that was entered
 * @param at     when, by this platform's clock
 * @param reason why, where the step was not simply the next one; else empty
 */
public record Transition(Stage stage, Instant at, String reason) {
}
