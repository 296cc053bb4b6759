/** The journal: every stage of a migration is written to disk before it is acted on, and answers after a crash. */
package dev.caravan.journal;
