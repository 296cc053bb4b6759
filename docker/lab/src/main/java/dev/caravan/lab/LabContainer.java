package dev.caravan.lab;

/**
 * A container in the lab.
 *
 * @param host    where it is
 * @param name    what it is called
 * @param status  what its runtime says: created, running, paused or stopped
 * @param pid     its first process on this machine, 0 if it has none
 * @param address its address, or null if it has no namespace of the lab's
 */
public record LabContainer(String host, String name, String status, long pid, String address) {
}
