package dev.caravan.it;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Every {@linkplain Fault fault} at every transition at which it can happen, in both directions. It is dealt out in ten
 * shares that are alike in faults, stages and directions: ten runs whose seeds follow each other run all of it.
 */
record CrashMatrix(List<CrashCell> cells) {
    static final int SHARES = 10;

    /** @param transitions those that migrations go through */
    static CrashMatrix of(Collection<Transition> transitions, String one, String other) {
        List<CrashCell> cells = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            transitions.stream().sorted().distinct().filter(fault::existsAt).forEach(at -> {
                cells.add(new CrashCell(fault, at, one, other));
                cells.add(new CrashCell(fault, at, other, one));
            });
        }
        return new CrashMatrix(List.copyOf(cells));
    }

    /** The cells of the run with that seed. */
    List<CrashCell> share(long seed) {
        int wanted = (int) Math.floorMod(seed, (long) SHARES);
        List<CrashCell> share = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            // the two directions of a cell are five runs apart
            int dealt = i / 2 + i % 2 * (SHARES / 2);
            if (dealt % SHARES == wanted) {
                share.add(cells.get(i));
            }
        }
        return share;
    }
}
