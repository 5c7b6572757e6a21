"""The parts that a reply is drawn with: text, code and tables, each one document and one widget."""
