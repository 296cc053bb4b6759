/** The two authorities: one certifies that a key lives in a genuine TPM, the other who belongs to the owner. */
package dev.caravan.authority;
