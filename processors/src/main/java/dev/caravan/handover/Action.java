package dev.caravan.handover;

import dev.caravan.control.ControlType;
import dev.caravan.journal.Stage;

/** One thing that a side does in a reaction. A crash may come between any two. */
public sealed interface Action {

    /** Journals that the migration enters a stage that is not final, then tells who listens. */
    record Enter(Stage stage) implements Action {
        @Override
        public String toString() {
            return "enter " + stage.label();
        }
    }

    /** Carries out a step. */
    record Do(Step step) implements Action {
        @Override
        public String toString() {
            return step.label();
        }
    }

    /** Sends the other side a message; it may be lost, and may come more than once. */
    record Say(ControlType message) implements Action {
        @Override
        public String toString() {
            return "say " + message.label();
        }
    }

    /**
     * Journals the end and the report, erases keys, then tells who listens.
     *
     * @param stage {@link Stage#COMPLETED}, or {@link Stage#ROLLED_BACK}, which stands for refused and cancelled as well:
     *              which of them the migration's reason says
     */
    record End(Stage stage) implements Action {
        @Override
        public String toString() {
            return "end " + stage.label();
        }
    }
}
