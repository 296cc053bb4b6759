/** Events (CloudEvents 1.0) and the report of a migration: what other programs may rely on. */
package dev.caravan.event;
