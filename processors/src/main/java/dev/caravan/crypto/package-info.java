/** Where ciphers and digests come from. */
package dev.caravan.crypto;
