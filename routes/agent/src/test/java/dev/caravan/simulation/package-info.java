/**
 * Whole agents in a simulated world: their own routes, stages, journals, keys and streams; runtime, network, broker, disk
 * and clock are simulated, and a seed decides what happens next.
 */
package dev.caravan.simulation;
