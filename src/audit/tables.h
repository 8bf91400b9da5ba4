#pragma once

#include "seal/table.h"

namespace sallyport::audit {

/// The log: its own tree binds what is in it, so no row of it is sealed.
const seal::Table& eventsTable();

/// Personal data of events, erasable; the entry holds its salted hash.
const seal::Table& eventPayloadsTable();

const seal::Table& incidentsTable();

}  // namespace sallyport::audit
