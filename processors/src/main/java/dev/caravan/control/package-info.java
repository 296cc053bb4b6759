/** Control messages: what two agents say to each other about a migration, signed with their agent keys. */
package dev.caravan.control;
