/** Real migrations between the hosts of a lab that belongs to these tests, by the jar as it is shipped. */
package dev.caravan.it;
