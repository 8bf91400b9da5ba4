#pragma once

#include "mint/mint.h"

/// What goes under each MAC (`protocols.md` 1 and 2). Private to this room: whoever could choose a
/// MAC's input could make the device sign anything. An absent answer means that the value cannot be
/// encoded: a time before 1970, a negative integer, a member of a set with a space in it, or more
/// than the device takes. Only an editor of the database brings such a value here.
namespace sallyport::mint::encoding {

/// The purpose of the key that MACs a token of this kind.
hsm::KeyPurpose purposeOf(const TokenFields& fields);

std::optional<Bytes> token(Generation generation, const TokenId& id, const TokenFields& fields);
std::optional<Bytes> relay(Generation generation, const TokenId& id, const LinkFields& fields);
std::optional<Bytes> seal(const SealedContent& content);
std::optional<Bytes> lookup(const Lookup& lookup);

/// Not under a MAC: the additional data of an encryption.
Bytes pii(PiiUse use, const FixedBytes<16>& owner);

}  // namespace sallyport::mint::encoding
