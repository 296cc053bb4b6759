/** One migration as a side sees it while it runs: its stage, its counters, its session, how it may be stopped. */
package dev.caravan.migration;
