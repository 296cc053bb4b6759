/** The Camel component {@code criu:}: checkpoint and restore of OCI containers. It knows nothing of migration. */
package dev.caravan.criu;
