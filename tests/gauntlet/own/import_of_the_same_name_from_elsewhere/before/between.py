from one import size
