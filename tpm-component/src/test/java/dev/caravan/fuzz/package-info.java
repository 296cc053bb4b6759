/** What the fuzz tests of every module share: the oracle that each parser of foreign bytes is held to. */
package dev.caravan.fuzz;
