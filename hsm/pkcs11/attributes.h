#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "hsm/pkcs11/cryptoki.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::hsm::pkcs11 {

/// `CKA_SENSITIVE`, or `CKA_0x…` for one that we do not use.
std::string attributeName(CK_ATTRIBUTE_TYPE type);

/// A template that owns what its CK_ATTRIBUTEs point at. Not copyable, because a copy would point
/// into the original.
class Template {
  public:
    Template() = default;
    Template(Template&&) noexcept = default;
    Template& operator=(Template&&) noexcept = default;
    Template(const Template&) = delete;
    Template& operator=(const Template&) = delete;

    Template& flag(CK_ATTRIBUTE_TYPE type, bool value);
    Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
    Template& bytes(CK_ATTRIBUTE_TYPE type, ByteView value);

    Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value) {
        return bytes(type, asBytes(value));
    }

    /// For the call only: PKCS#11 takes a pointer to non-const.
    CK_ATTRIBUTE* data() { return attributes_.data(); }

    CK_ULONG size() const { return attributes_.size(); }

    const std::vector<CK_ATTRIBUTE>& entries() const { return attributes_; }

  private:
    std::deque<Bytes> values_;  // a deque keeps its elements where they are
    std::vector<CK_ATTRIBUTE> attributes_;
};

/// Attributes of one object as read. What the token does not know, or does not show, is absent.
class Attributes {
  public:
    void set(CK_ATTRIBUTE_TYPE type, Bytes value) { values_[type] = std::move(value); }

    const Bytes* bytes(CK_ATTRIBUTE_TYPE type) const;

    /// Absent also when the length is wrong.
    std::optional<bool> flag(CK_ATTRIBUTE_TYPE type) const;
    std::optional<CK_ULONG> number(CK_ATTRIBUTE_TYPE type) const;

    /// A list of numbers (CKA_ALLOWED_MECHANISMS).
    std::optional<std::vector<CK_ULONG>> numbers(CK_ATTRIBUTE_TYPE type) const;

    std::string text(CK_ATTRIBUTE_TYPE type) const;

  private:
    std::map<CK_ATTRIBUTE_TYPE, Bytes> values_;
};

}  // namespace sallyport::hsm::pkcs11
