namespace Stepwise.Problems;

/// <summary>Sees to it that each field that a problem may lack is in some record of a file: one that is in none is a mistake in its name.</summary>
/// <param name="fields">The fields.</param>
internal sealed class OptionalFields(ProblemFields fields)
{
    // A record cannot be asked once the next is read: what is to be said is made of the first.
    private List<(string Field, InputException Error)>? _missing;

    /// <summary>Looks at a record; to be called for every one.</summary>
    /// <param name="record">The record.</param>
    public void See(FileRecord record)
    {
        _missing ??= [.. fields.Optional.Select(field => (field.Field, record.MissingEverywhere(field.Field, field.Expected)))];
        _missing.RemoveAll(field => record.Find(field.Field) is not null);
    }

    /// <summary>Refuses a field that no record had.</summary>
    /// <exception cref="InputException">There is one; the message names it and the fields of the first record.</exception>
    public void Require()
    {
        if (_missing is [(_, var error), ..])
        {
            throw error;
        }
    }
}
