package dev.caravan.handover;

import dev.caravan.control.ControlType;
import dev.caravan.handover.World.Field;
import dev.caravan.journal.Stage;
import java.util.List;

/**
 * What the steps and messages of the protocol do to the two hosts, and what must never be: a step that would break it is
 * a {@link Violation}.
 */
final class Host {
    /** The source's copy, {@link Field#SOURCE_COPY}. */
    static final int RUNS = 0;
    static final int FROZEN = 1;
    static final int GONE = 2;

    /** The destination's copy, {@link Field#DESTINATION_COPY}. */
    static final int NONE = 0;
    static final int HELD = 1;
    static final int LIVES = 2;
    static final int ENDED = 3;

    /** The gate, {@link Field#DESTINATION_GATE}. */
    static final int WAITS = 1;
    static final int OPEN = 2;
    static final int SHUT = 3;

    /** One thing that happens at once; a crash or a failure may come before and after it. */
    interface Effect {
        /** @throws Failed if it cannot be done here */
        void on(World world) throws Failed;
    }

    /** A step that cannot be done: a fault, not a violation. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(String why) {
            super(why, null, false, false);
        }
    }

    /** What must never be. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violation(String what) {
            super(what, null, false, false);
        }
    }

    private Host() {
    }

    static List<Effect> effects(Step step) {
        return switch (step) {
            case OFFER, ANSWER, VERIFY_HELD -> List.of(w -> {
            });
            case APPRAISE_DESTINATION -> List.of(w -> w.set(Field.SOURCE_PROVED, true));
            case APPRAISE_SOURCE -> List.of(w -> w.set(Field.DESTINATION_ESTABLISHED, true));
            case ESTABLISH -> List.of(w -> {
            });
            case DESCRIBE -> List.of(Host::requireSourceCopy, stream(1));
            case PREPARE -> List.of(w -> w.set(Field.DESTINATION_FILES, true));
            case SYNC -> List.of(stream(2));
            case EXAMINE -> List.of(Host::requireSourceCopy);
            case FREEZE -> List.of(w -> {
                requireSourceCopy(w);
                w.set(Field.SOURCE_FENCED, true);
            }, w -> {
                requireSourceCopy(w);
                w.set(Field.SOURCE_COPY, FROZEN);
            });
            case TRANSFER -> List.of(w -> {
                requireSourceCopy(w);
                w.set(Field.SOURCE_IMAGES, true);
            }, stream(3));
            case SEND_LAST -> List.of(stream(4));
            case RESTORE -> List.of(w -> {
                w.set(Field.DESTINATION_IMAGES, true);
                w.set(Field.DESTINATION_GATE, WAITS);
                w.set(Field.DESTINATION_COPY, HELD);
            });
            case REPORT_HELD -> List.of(w -> {
                if (w.get(Field.DESTINATION_COPY) != HELD) {
                    throw new Failed("not held");
                }
                w.set(Field.DESTINATION_REPORTED, true);
            });
            case LET_GO -> List.of(w -> w.set(Field.SOURCE_LINK, false));
            case OPEN_GATE -> List.of(w -> {
                if (w.is(Field.SOURCE_LINK)) {
                    throw new Violation("both hosts answer for the address");
                }
                w.set(Field.DESTINATION_LINK, true);
            }, Host::openGate);
            case RELEASE -> List.of(w -> {
                if (w.get(Field.SOURCE_COPY) == FROZEN && !w.is(Field.DESTINATION_EVER_RAN) && !w.is(Field.RESOLVED)) {
                    throw new Violation("the source kills its copy, and the destination's has never run");
                }
                w.set(Field.SOURCE_COPY, GONE);
            }, w -> w.set(Field.SOURCE_LINK, false).set(Field.SOURCE_FENCED, false),
                    w -> w.set(Field.SOURCE_IMAGES, false));
            case UNDO_SOURCE -> List.of(w -> w.set(Field.SOURCE_LINK, w.get(Field.SOURCE_COPY) != GONE), w -> {
                if (w.get(Field.SOURCE_COPY) == FROZEN) {
                    if (w.get(Field.DESTINATION_COPY) == LIVES) {
                        throw new Violation("two copies run");
                    }
                    if (w.is(Field.DESTINATION_EVER_RAN) && !w.is(Field.RESOLVED)) {
                        throw new Violation("the container has gone on at the destination, and goes back in time");
                    }
                    w.set(Field.SOURCE_COPY, RUNS);
                }
            }, w -> w.set(Field.SOURCE_FENCED, false), w -> w.set(Field.SOURCE_IMAGES, false));
            case UNDO_DESTINATION -> List.of(w -> {
                if (w.get(Field.DESTINATION_GATE) == OPEN) {
                    throw new Violation("an open gate cannot be shut");
                }
                if (w.get(Field.DESTINATION_COPY) == HELD && w.get(Field.SOURCE_COPY) == GONE
                        && !w.is(Field.DESTINATION_FAILED) && !w.is(Field.RESOLVED)
                        && !w.is(Field.SOURCE_GAVE_UP)) {
                    throw new Violation("the last copy is killed at its gate");
                }
                if (w.get(Field.DESTINATION_GATE) == WAITS) {
                    w.set(Field.DESTINATION_GATE, SHUT);
                }
            }, w -> {
                if (w.get(Field.DESTINATION_COPY) == HELD) {
                    w.set(Field.DESTINATION_COPY, NONE);
                }
            }, w -> {
                if (w.is(Field.DESTINATION_EVER_RAN)) {
                    throw new Violation("files that the container has written are removed");
                }
                w.set(Field.DESTINATION_FILES, false).set(Field.DESTINATION_LINK, false);
            }, w -> w.set(Field.DESTINATION_IMAGES, false));
            case KEEP_FILES -> List.of(w -> {
                if (w.get(Field.DESTINATION_COPY) == LIVES) {
                    throw new Violation("a living container is taken for ended");
                }
                w.set(Field.DESTINATION_COPY, ENDED).set(Field.DESTINATION_LINK, false).set(Field.DESTINATION_IMAGES,
                        false);
            });
            case WIPE, ABANDON -> throw new IllegalArgumentException(step + " is of both sides");
        };
    }

    /** What a step of both sides does at one of them. */
    static Effect effect(Step step, Side side) {
        return switch (step) {
            case WIPE -> w -> w.set(side.images, false);
            case ABANDON -> w -> {
                giveUp(w, side);
                w.set(side.abandoned, true);
            };
            default -> throw new IllegalArgumentException(step + " is of one side");
        };
    }

    /** A source that has lost its copy must not end the one that is held. */
    static void giveUp(World world, Side side) {
        if (side == Side.SOURCE && world.get(Field.SOURCE_COPY) == GONE && world.get(Field.DESTINATION_COPY) == HELD
                && Side.DESTINATION.stage(world) == Stage.RESTORING && !world.is(Field.DESTINATION_ABANDONED)
                && !world.is(Field.RESOLVED)) {
            throw new Violation("the source gives up, and the destination holds the last copy");
        }
        if (side == Side.SOURCE) {
            world.set(Field.SOURCE_GAVE_UP, true);
        }
    }

    private static void openGate(World world) {
        if (world.get(Field.DESTINATION_COPY) == HELD) {
            if (world.get(Field.DESTINATION_GATE) == SHUT) {
                throw new Violation("a gate that was shut for good is opened");
            }
            if (world.get(Field.SOURCE_COPY) == RUNS) {
                throw new Violation("two copies run");
            }
            world.set(Field.DESTINATION_GATE, OPEN);
            world.set(Field.DESTINATION_EVER_RAN, true);
            world.set(Field.DESTINATION_COPY, LIVES);
        }
        if (world.get(Field.DESTINATION_COPY) == NONE && world.get(Field.DESTINATION_GATE) == WAITS) {
            world.set(Field.DESTINATION_GATE, SHUT);
        }
        boolean neverOpened = world.get(Field.DESTINATION_GATE) == SHUT;
        Side.DESTINATION.next(world, world.get(Field.DESTINATION_COPY) == LIVES
                ? Event.GATE_RUNS
                : neverOpened ? Event.HELD_GONE : Event.GATE_ENDED);
    }

    private static void requireSourceCopy(World world) throws Failed {
        if (world.get(Field.SOURCE_COPY) == GONE) {
            throw new Failed("no container");
        }
    }

    private static Effect stream(int upTo) {
        return world -> {
            if (world.is(Field.STREAM_BROKEN)) {
                throw new Failed("stream");
            }
            world.set(Field.STREAM_SENT, upTo);
        };
    }

    /** A message may only say what is durable and already so. */
    static void requireTrue(World world, Side speaker, ControlType message) {
        Stage stage = speaker.stage(world);
        boolean holds = switch (message) {
            case HELD -> world.is(Field.DESTINATION_REPORTED);
            case COMMIT -> stage.isCommitted() && !world.is(Field.SOURCE_LINK);
            case RUNNING -> (stage == Stage.RELEASING || stage == Stage.COMPLETED)
                    && (world.is(Field.DESTINATION_EVER_RAN) || world.is(Field.RESOLVED));
            case LOST -> stage == Stage.IN_DOUBT && world.get(Field.DESTINATION_COPY) != LIVES
                    && world.get(Field.DESTINATION_COPY) != HELD;
            case RELEASED -> stage == Stage.COMPLETED && world.get(Field.SOURCE_COPY) == GONE;
            case ABORT -> speaker == Side.SOURCE
                    ? !stage.isCommitted() || world.is(Field.RESOLVED)
                    : world.get(Field.DESTINATION_GATE) != OPEN && !stage.isCommitted()
                            && !stage.isBeforeCommit();
            default -> true;
        };
        if (!holds) {
            throw new Violation(speaker + " says " + message.label() + ", which is not so");
        }
    }

    /** Whoever may take the container for another migration must not find anything of this one. */
    static void requireExclusive(World world, Side side) {
        Stage stage = side.stage(world);
        if (stage == null || Settlement.holdsContainer(side.role, stage)) {
            return;
        }
        boolean found = side == Side.SOURCE
                ? world.is(Field.SOURCE_FENCED) || world.get(Field.SOURCE_COPY) == FROZEN
                : world.get(Field.DESTINATION_COPY) == HELD;
        if (found) {
            throw new Violation(side + " lets another migration take a container that is " + stage.label());
        }
    }

    /** A migration that has ended leaves nothing. */
    static void requireNothingLeft(World world, Side side, Stage end) {
        if (world.is(side.images)) {
            throw new Violation(side + " ended with images left");
        }
        if (side == Side.SOURCE) {
            if (world.is(Field.SOURCE_FENCED) || world.get(Field.SOURCE_COPY) == FROZEN) {
                throw new Violation("the source ended with a frozen or fenced container");
            }
            if (end == Stage.COMPLETED && world.get(Field.SOURCE_COPY) != GONE) {
                throw new Violation("the source completed and has a copy");
            }
            if (end == Stage.ROLLED_BACK && world.get(Field.SOURCE_COPY) == RUNS && !world.is(Field.SOURCE_LINK)) {
                throw new Violation("the source's container goes on without its link");
            }
        } else if (end == Stage.ROLLED_BACK && (world.get(Field.DESTINATION_COPY) == HELD
                || world.get(Field.DESTINATION_COPY) == LIVES
                || world.is(Field.DESTINATION_FILES) && !world.is(Field.DESTINATION_EVER_RAN)
                        && world.get(Field.DESTINATION_COPY) != ENDED
                || world.is(Field.DESTINATION_LINK))) {
            throw new Violation("the destination rolled back and something is left");
        }
    }
}
