/** The embedded store: one SQLite file for whoever must remember across a crash. */
package dev.caravan.store;
