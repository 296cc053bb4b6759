/**
 * The Camel component {@code criu:} and the plain Java API below it: checkpoint an OCI container, restore it behind a
 * commit gate, and say in one sentence why that cannot be done. It knows nothing of migration.
 */
package dev.caravan.criu;
