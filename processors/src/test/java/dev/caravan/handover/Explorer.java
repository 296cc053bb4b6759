package dev.caravan.handover;

import dev.caravan.handover.World.Field;
import dev.caravan.handover.World.Key;
import dev.caravan.journal.Stage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Walks every state that a protocol can come to, and from each of them the way that it goes if nothing more happens to it:
 * that must end with one running copy and nothing left behind.
 */
final class Explorer {

    /** A state that must never be, and how it is come to. */
    static final class Found extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Found(String what, Throwable cause) {
            super(what, cause, false, false);
        }
    }

    private static final int MAX_ROUNDS = 40;

    private final Model model;
    private final Map<Key, Key> from = new HashMap<>();
    private final Set<Key> settled = new HashSet<>();

    Explorer(Protocol protocol) {
        model = new Model(protocol);
    }

    /**
     * Walks all states.
     *
     * @return how many there are
     * @throws Found with the way there, one event a line
     */
    int explore(int crashes, int failures, int cancels) {
        World start = model.start(crashes, failures, cancels);
        Deque<Key> open = new ArrayDeque<>();
        open.add(start.key());
        from.put(start.key(), null);
        while (!open.isEmpty()) {
            Key key = open.poll();
            World world = World.of(key);
            try {
                for (Model.Move move : model.moves(world)) {
                    Key next = move.next().key();
                    if (from.putIfAbsent(next, key) == null && !next.equals(start.key())) {
                        open.add(next);
                    }
                }
                requireExclusive(world);
                requireSettles(world);
            } catch (Found e) {
                throw new Found(String.join("\n", way(key)) + "\n" + e.getMessage(), e);
            }
        }
        return from.size();
    }

    private static void requireExclusive(World world) {
        try {
            for (Side side : Side.values()) {
                Host.requireExclusive(world, side);
            }
        } catch (Host.Violation e) {
            throw new Found(e.getMessage(), e);
        }
    }

    private List<String> way(Key to) {
        List<String> way = new ArrayList<>();
        for (Key key = to; from.get(key) != null; key = from.get(key)) {
            Key last = key;
            World before = World.of(from.get(key));
            way.add(model.moves(before).stream().filter(move -> move.next().key().equals(last)).findFirst()
                    .map(move -> move.what().get()).orElse("?"));
        }
        Collections.reverse(way);
        return way;
    }

    /** Nothing more goes wrong: what was said before is lost, what is said now is heard, and both sides go on. */
    private void requireSettles(World from) {
        World world = from.copy().set(Field.MESSAGES, 0).set(Field.SOURCE_CRASHES, 0).set(Field.DESTINATION_CRASHES, 0)
                .set(Field.FAILURES, 0).set(Field.CANCELS, 0);
        if (!settled.add(world.key())) {
            return;
        }
        for (int round = 0; round < MAX_ROUNDS && !isOver(world); round++) {
            World before = world.copy();
            for (Side side : Side.values()) {
                goOn(world, side);
                hear(world, side);
                notice(world);
                happen(world, side, Event.LOOKED);
            }
            if (before.equals(world)) {
                for (Side side : Side.values()) {
                    happen(world, side, Event.SILENCE);
                }
            }
            if (before.equals(world)) {
                resolve(world);
            }
        }
        if (!isOver(world)) {
            throw new Found("and then it never ends: " + world, null);
        }
        requireOneCopy(world);
    }

    private void goOn(World world, Side side) {
        while (side.isBusy(world) || side.next(world) != null) {
            if (side.isBusy(world)) {
                advance(world, side);
            } else {
                Event event = side.next(world);
                side.next(world, null);
                happenNow(world, side, event);
            }
        }
    }

    private void hear(World world, Side side) {
        for (Event event : model.possible(world, side)) {
            if (event != Event.LOOKED && event != Event.SILENCE && event != Event.STREAM_FAILED) {
                happen(world, side, event);
            }
        }
    }

    private void notice(World world) {
        for (List<Event> events = model.noticed(world); !events.isEmpty(); events = model.noticed(world)) {
            World before = world.copy();
            for (Event event : events) {
                happen(world, Side.DESTINATION, event);
            }
            if (before.equals(world)) {
                return;
            }
        }
    }

    private void happen(World world, Side side, Event event) {
        Stage stage = side.stage(world);
        if (stage == null && event != Event.ATTEST_OFFER || event == Event.SILENCE && stage.isFinal()) {
            return;
        }
        happenNow(world, side, event);
        goOn(world, side);
    }

    private void happenNow(World world, Side side, Event event) {
        try {
            model.happen(world, side, event);
        } catch (Host.Violation e) {
            throw new Found("and then " + side + " at " + event.label() + ": " + e.getMessage(), e);
        }
    }

    private void advance(World world, Side side) {
        try {
            model.advance(world, side);
        } catch (Host.Violation e) {
            throw new Found("and then " + side + ": " + e.getMessage(), e);
        }
    }

    /** Only where something may have run at the destination and nothing is left of it a person is needed. */
    private void resolve(World world) {
        boolean doubt = Side.SOURCE.stage(world) == Stage.IN_DOUBT
                && (world.is(Field.DESTINATION_EVER_RAN) || world.is(Field.DESTINATION_REBOOTED));
        if (doubt) {
            world.set(Field.RESOLVED, true);
            happen(world, Side.SOURCE, Event.RESOLVED_FOR_SOURCE);
        }
    }

    private static boolean isOver(World world) {
        Stage target = Side.DESTINATION.stage(world);
        return Side.SOURCE.stage(world).isFinal() && (target == null || target.isFinal()) && !Side.SOURCE.isBusy(world)
                && !Side.DESTINATION.isBusy(world);
    }

    /** One copy runs; or none, if a machine that had it was restarted. */
    private static void requireOneCopy(World world) {
        boolean source = world.get(Field.SOURCE_COPY) == Host.RUNS;
        boolean target = world.get(Field.DESTINATION_COPY) == Host.LIVES;
        if (source && target) {
            throw new Found("and then two copies run: " + world, null);
        }
        boolean lost = world.is(Field.SOURCE_REBOOTED) || world.is(Field.DESTINATION_REBOOTED);
        if (!source && !target && !lost) {
            throw new Found("and then none runs: " + world, null);
        }
    }
}
