package dev.caravan.handover;

import dev.caravan.control.ControlType;
import dev.caravan.handover.Host.Effect;
import dev.caravan.handover.Host.Failed;
import dev.caravan.handover.World.Field;
import dev.caravan.journal.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * All that can happen next to two sides that keep to a protocol: their next action, a message of those that were ever
 * said, a failure, a crash, a restart of a machine, impatience, a wish to cancel.
 */
final class Model {

    /** What happened, and what it led to. */
    record Move(Supplier<String> what, World next) {
    }

    private static final List<ControlType> TO_DESTINATION = List.of(ControlType.ATTEST_OFFER, ControlType.ATTEST_PROOF,
            ControlType.COMMIT, ControlType.RELEASED, ControlType.ABORT, ControlType.QUERY);
    private static final List<ControlType> TO_SOURCE = List.of(ControlType.ATTEST_ANSWER, ControlType.ATTESTED,
            ControlType.PREPARED, ControlType.SYNCED, ControlType.HELD, ControlType.RUNNING, ControlType.ABORT,
            ControlType.QUERY, ControlType.LOST);
    private static final List<Event> STREAM = List.of(Event.DESCRIBED, Event.FILES_BUILT, Event.MEMORY_ARRIVING,
            Event.STREAM_COMPLETE);

    private final Protocol protocol;
    private final List<Reaction> reactions = new ArrayList<>();
    private final Map<Reaction, List<Micro>> micros = new HashMap<>();
    private final Map<Integer, Reaction> known = new HashMap<>();

    /** A part of a reaction, before and after which a side may crash. */
    private record Micro(Action action, Effect effect) {
    }

    Model(Protocol protocol) {
        this.protocol = protocol;
        protocol.rules().forEach(rule -> index(rule.reaction()));
        index(Settlement.ofUnknown(Event.QUERY));
    }

    private void index(Reaction reaction) {
        if (reaction.isNothing() || reactions.contains(reaction)) {
            return;
        }
        reactions.add(reaction);
        List<Micro> parts = new ArrayList<>();
        for (Action action : reaction.actions()) {
            if (action instanceof Action.Do step && step.step() != Step.WIPE
                    && step.step() != Step.ABANDON) {
                Host.effects(step.step()).forEach(effect -> parts.add(new Micro(action, effect)));
            } else {
                parts.add(new Micro(action, null));
            }
        }
        micros.put(reaction, parts);
    }

    /** The container runs at the source, and somebody asks for a migration. */
    World start(int crashes, int failures, int cancels) {
        World world = new World().set(Field.SOURCE_LINK, true).set(Field.SOURCE_CRASHES, crashes)
                .set(Field.DESTINATION_CRASHES, crashes).set(Field.FAILURES, failures).set(Field.CANCELS, cancels);
        Side.SOURCE.enter(world, Stage.REQUESTED);
        Side.SOURCE.next(world, Event.REQUEST);
        return world;
    }

    List<Move> moves(World world) {
        List<Move> moves = new ArrayList<>();
        if (world.is(Field.FAILURES) && world.get(Field.DESTINATION_COPY) == Host.HELD) {
            add(moves, world, () -> "the held container is killed", next -> next.set(Field.FAILURES, 0)
                    .set(Field.DESTINATION_COPY, Host.NONE).set(Field.DESTINATION_FAILED, true));
        }
        for (Side side : Side.values()) {
            crash(world, side, moves);
            if (side.isBusy(world)) {
                act(world, side, moves);
            } else if (side.next(world) != null) {
                add(moves, world, () -> side + " sees " + side.next(world).label(), next -> {
                    Event event = side.next(next);
                    side.next(next, null);
                    react(next, side, event);
                });
            } else {
                for (Event event : possible(world, side)) {
                    add(moves, world, () -> side + " at " + event.label(), next -> happen(next, side, event));
                }
            }
        }
        return moves;
    }

    /** Everything that an idle side may notice now. */
    List<Event> possible(World world, Side side) {
        List<Event> events = new ArrayList<>();
        for (ControlType type : ControlType.values()) {
            if (isSaid(world, side.other(), type)) {
                events.add(Event.of(type));
            }
        }
        Stage stage = side.stage(world);
        if (stage == null) {
            return events;
        }
        if (!stage.isFinal()) {
            events.add(Event.LOOKED);
            events.add(Event.SILENCE);
            if (world.is(Field.CANCELS)) {
                events.add(Event.CANCELLED);
            }
            if (world.is(Field.STREAM_BROKEN)) {
                events.add(Event.STREAM_FAILED);
            }
        }
        if (side == Side.DESTINATION) {
            events.addAll(noticed(world));
        }
        return events;
    }

    /** What the destination notices of its stream and of its gate. */
    List<Event> noticed(World world) {
        List<Event> events = new ArrayList<>();
        int taken = world.get(Field.STREAM_TAKEN);
        if (!world.is(Field.STREAM_BROKEN) && world.is(Field.DESTINATION_ESTABLISHED)
                && taken < world.get(Field.STREAM_SENT)) {
            events.add(STREAM.get(taken));
        }
        if (Side.DESTINATION.stage(world) == Stage.RESTORING) {
            boolean held = world.get(Field.DESTINATION_COPY) == Host.HELD
                    && world.get(Field.DESTINATION_GATE) == Host.WAITS;
            events.add(held ? Event.GATE_REACHED : Event.HELD_GONE);
        }
        return events;
    }

    void happen(World next, Side side, Event event) {
        if (event == Event.CANCELLED) {
            next.set(Field.CANCELS, 0);
        }
        if (STREAM.contains(event)) {
            next.set(Field.STREAM_TAKEN, next.get(Field.STREAM_TAKEN) + 1);
        }
        react(next, side, event);
    }

    private void react(World next, Side side, Event event) {
        Reaction reaction;
        if (side.stage(next) != null) {
            reaction = known(next, side, event);
        } else if (side == Side.DESTINATION && event == Event.ATTEST_OFFER) {
            side.enter(next, Stage.REQUESTED);
            reaction = known(next, side, event);
        } else {
            reaction = Reaction.NOTHING;
        }
        if (!reaction.isNothing()) {
            next.set(side.reaction, reactions.indexOf(reaction) + 1).set(side.at, 0);
        }
    }

    private Reaction known(World world, Side side, Event event) {
        return known.computeIfAbsent(side.code(world) << 8 | event.ordinal(),
                code -> protocol.reaction(side.situation(world), event));
    }

    /** The next action of a reaction that is under way: it is done, or it fails. */
    private void act(World world, Side side, List<Move> moves) {
        Reaction reaction = reactions.get(world.get(side.reaction) - 1);
        Supplier<String> what = () -> side + " " + reaction.name() + " "
                + micros.get(reaction).get(world.get(side.at)).action();
        add(moves, world, what, next -> advance(next, side));
        if (world.is(Field.FAILURES)) {
            add(moves, world, () -> what.get() + " fails", next -> {
                next.set(Field.FAILURES, 0);
                if (side == Side.DESTINATION) {
                    next.set(Field.DESTINATION_FAILED, true);
                }
                fail(next, side);
            });
        }
    }

    /** Does the next action of the reaction that is under way. */
    void advance(World next, Side side) {
        Reaction reaction = reactions.get(next.get(side.reaction) - 1);
        List<Micro> parts = micros.get(reaction);
        int at = next.get(side.at);
        try {
            perform(next, side, parts.get(at));
        } catch (Failed e) {
            fail(next, side);
            return;
        }
        if (at + 1 == parts.size()) {
            next.set(side.reaction, 0).set(side.at, 0);
        } else {
            next.set(side.at, at + 1);
        }
    }

    private void perform(World next, Side side, Micro part) throws Failed {
        Action action = part.action();
        if (action instanceof Action.Enter enter) {
            enter(next, side, enter.stage());
        } else if (action instanceof Action.Say say) {
            Host.requireTrue(next, side, say.message());
            next.set(Field.MESSAGES, next.get(Field.MESSAGES) | bit(side, say.message()));
        } else if (action instanceof Action.End end) {
            Host.requireNothingLeft(next, side, end.stage());
            enter(next, side, end.stage());
            forget(next, side);
        } else if (part.effect() == null) {
            Host.effect(((Action.Do) action).step(), side).on(next);
        } else {
            part.effect().on(next);
        }
    }

    private static void enter(World next, Side side, Stage stage) {
        Stage present = side.stage(next);
        if (!present.mayBecome(stage)) {
            throw new Host.Violation(side + " goes from " + present.label() + " to " + stage.label());
        }
        if (stage == Stage.ROLLING_BACK) {
            Host.giveUp(next, side);
        }
        side.enter(next, stage);
    }

    private void fail(World next, Side side) {
        Reaction reaction = reactions.get(next.get(side.reaction) - 1);
        Action action = micros.get(reaction).get(next.get(side.at)).action();
        boolean unwritten = action instanceof Action.Enter enter && enter.stage() == Stage.ROLLING_BACK;
        next.set(side.reaction, 0).set(side.at, 0);
        side.next(next, unwritten ? Event.UNWRITTEN : Event.FAILED);
    }

    /** The agent dies and starts again; or the machine does. */
    private static void crash(World world, Side side, List<Move> moves) {
        Stage stage = side.stage(world);
        if (!world.is(side.crashes) || stage == null) {
            return;
        }
        for (boolean reboot : new boolean[]{false, true}) {
            World next = world.copy();
            next.set(side.crashes, next.get(side.crashes) - 1).set(side.reaction, 0).set(side.at, 0);
            forget(next, side);
            if (reboot) {
                reboot(next, side);
            }
            if (!stage.isFinal()) {
                if (side == Side.SOURCE) {
                    next.set(Field.SOURCE_COPY_LOST, stage == Stage.RESTORING
                            && next.get(Field.SOURCE_COPY) == Host.GONE && !next.is(Field.SOURCE_ABANDONED));
                }
                side.next(next, Event.RESTARTED);
            }
            moves.add(new Move(() -> side + (reboot ? " reboots" : " crashes"), next));
        }
    }

    /** What is only in memory. */
    private static void forget(World next, Side side) {
        side.next(next, null);
        next.set(Field.STREAM_BROKEN, true);
        if (side == Side.SOURCE) {
            next.set(Field.SOURCE_PROVED, false).set(Field.SOURCE_COPY_LOST, false);
        } else {
            next.set(Field.DESTINATION_ESTABLISHED, false).set(Field.DESTINATION_ABANDONED, false);
        }
    }

    private static void reboot(World next, Side side) {
        next.set(side.images, false).set(side.link, false);
        if (side == Side.SOURCE) {
            next.set(Field.SOURCE_COPY, Host.GONE).set(Field.SOURCE_FENCED, false).set(Field.SOURCE_ABANDONED, false)
                    .set(Field.SOURCE_REBOOTED, true);
        } else {
            next.set(Field.DESTINATION_GATE, Host.NONE).set(Field.DESTINATION_REBOOTED, true);
            if (next.get(Field.DESTINATION_COPY) != Host.ENDED) {
                next.set(Field.DESTINATION_COPY, Host.NONE);
            }
        }
    }

    static boolean isSaid(World world, Side speaker, ControlType type) {
        List<ControlType> all = speaker == Side.SOURCE ? TO_DESTINATION : TO_SOURCE;
        return all.contains(type) && (world.get(Field.MESSAGES) & bit(speaker, type)) != 0;
    }

    private static int bit(Side speaker, ControlType type) {
        return speaker == Side.SOURCE
                ? 1 << TO_DESTINATION.indexOf(type)
                : 1 << TO_DESTINATION.size() + TO_SOURCE.indexOf(type);
    }

    private static void add(List<Move> moves, World world, Supplier<String> what, Consumer<World> change) {
        World next = world.copy();
        try {
            change.accept(next);
        } catch (Host.Violation e) {
            throw new Explorer.Found(what.get() + ": " + e.getMessage(), e);
        }
        if (!next.equals(world)) {
            moves.add(new Move(what, next));
        }
    }
}
