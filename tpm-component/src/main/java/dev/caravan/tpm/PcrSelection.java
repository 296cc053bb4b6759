package dev.caravan.tpm;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * PCRs of the SHA-256 bank. No other bank can be named: SHA-1 is broken and one bank is enough.
 *
 * @param indexes the PCRs, 0 to 23, at least one
 */
public record PcrSelection(SortedSet<Integer> indexes) {
    /** PCRs that a PC Client platform has (TCG PC Client Platform TPM Profile, 4.6). */
    public static final int COUNT = 24;

    public PcrSelection {
        indexes = Collections.unmodifiableSortedSet(new TreeSet<>(indexes));
        if (indexes.isEmpty() || indexes.first() < 0 || indexes.last() >= COUNT) {
            throw new IllegalArgumentException("PCRs must be 0 to 23, at least one, not " + indexes);
        }
    }

    /** These PCRs. */
    public static PcrSelection of(Collection<Integer> indexes) {
        return new PcrSelection(new TreeSet<>(indexes));
    }

    /** These PCRs. */
    public static PcrSelection of(Integer... indexes) {
        return of(List.of(indexes));
    }

    /**
     * Parses a list such as {@code 0,1,2,3,7}.
     *
     * @throws IllegalArgumentException if it is no such list
     */
    public static PcrSelection parse(String list) {
        TreeSet<Integer> indexes = new TreeSet<>();
        for (String index : list.split(",", COUNT + 1)) {
            try {
                indexes.add(Integer.parseInt(index.strip()));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("PCRs are numbers separated by commas, not \"" + list + "\"", e);
            }
        }
        return new PcrSelection(indexes);
    }

    /** The selection as TPMS_PCR_SELECTION has it: 3 bytes, bit {@code i % 8} of byte {@code i / 8} for PCR i. */
    byte[] bitmap() {
        byte[] bitmap = new byte[COUNT / 8];
        for (int index : indexes) {
            bitmap[index / 8] |= (byte) (1 << index % 8);
        }
        return bitmap;
    }
}
