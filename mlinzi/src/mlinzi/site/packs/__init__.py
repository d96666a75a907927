"""A country's facts as data: `schema` says their shape, `reading` reads them, `checks` judges them."""
