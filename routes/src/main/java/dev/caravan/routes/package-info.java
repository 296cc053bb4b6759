/** One RouteBuilder a stage of the migration. */
package dev.caravan.routes;
