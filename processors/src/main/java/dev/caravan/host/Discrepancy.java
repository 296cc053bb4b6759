package dev.caravan.host;

import java.util.UUID;

/**
 * Something that this host shows and that the journal does not explain. Nothing of it is touched: a person decides.
 *
 * @param container the container's name, or null if none is known
 * @param migration the migration, or null if none is known
 * @param found     what was found, where the container may run, and what to do
 */
public record Discrepancy(String container, UUID migration, String found) {
    @Override
    public String toString() {
        return found;
    }
}
